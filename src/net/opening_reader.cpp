#include "net/opening_reader.h"

#include "base/assert.h"
#include "stun/message.h"

#include <algorithm>

namespace vv::net {

std::size_t OpeningReader::handle_input(ByteView bytes) {
    VV_ASSERT(!bytes.empty() && !protocol_);
    if (size_ == 0 && !stun::looks_like_stun(bytes[0])) {
        protocol_ = OpeningProtocol::kHttp;
        return 0;
    }
    const std::size_t taken = std::min(bytes.size(), bytes_.size() - size_);
    std::ranges::copy(bytes.first(taken), bytes_.begin() + size_);
    size_ += static_cast<std::uint8_t>(taken);
    if (size_ == bytes_.size()) {
        ByteReader cookie(ByteView(bytes_).last(sizeof stun::kMagicCookie));
        const bool is_turn = cookie.read_u32() == stun::kMagicCookie;
        protocol_ = is_turn ? OpeningProtocol::kTurn : OpeningProtocol::kHttp;
    }
    return taken;
}

} // namespace vv::net
