// The PROXY protocol's header: any bytes, cut anywhere, give the same verdict, nothing
// is read past the header, and no header is longer than the limit.
#include "base/assert.h"
#include "net/proxy_header.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace {

using namespace vv;
using namespace vv::net;

struct Outcome {
    std::optional<ProxyError> error;
    std::string told;      // empty: nobody, or the header has not ended
    std::size_t taken = 0; // bytes of a whole header

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(ByteView bytes, std::size_t piece) {
    ProxyHeaderReader reader;
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        VV_ASSERT(reader.wanted() > 0);
        const std::size_t size = std::min({piece, reader.wanted(), bytes.size() - taken});
        const auto header = reader.handle_input(bytes.subspan(taken, size));
        taken += size;
        if (!header) return {header.error(), {}, 0};
        if (!*header) continue;
        VV_ASSERT(taken >= kProxyFixedSize && taken <= kProxyFixedSize + kProxyRestMax);
        const auto& told = (*header)->told;
        return {{}, told ? told->client.to_string() + " " + told->server.to_string() : std::string(), taken};
    }
    return {};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Outcome whole = read(bytes, std::max<std::size_t>(1, size));
    // Cut into bytes an error may be told sooner, but it is the same one.
    VV_ASSERT(read(bytes, 1) == whole);
    VV_ASSERT(read(bytes, size == 0 ? 1 : 2 + data[size - 1] % 29U) == whole);
    return 0;
}
