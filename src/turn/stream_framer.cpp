#include "turn/stream_framer.h"

#include "stun/message.h"
#include "turn/channel_data.h"

#include <algorithm>

namespace vv::turn {
namespace {

constexpr std::size_t kLengthEnd = 4; // both kinds of frame have their length in bytes 2 and 3

} // namespace

Result<std::optional<StreamFramer::Extent>, FrameError> StreamFramer::extent_of(ByteView bytes, std::size_t size_max) {
    if (bytes.empty()) return std::nullopt;
    const bool is_channel_data = (bytes[0] & 0xC0U) == 0x40;
    if (!is_channel_data && !stun::looks_like_stun(bytes[0])) return Failure(FrameError::kNotAFrame);
    ByteReader reader(bytes);
    (void)reader.read_u16();
    const auto length = reader.read_u16();
    if (!length) return std::nullopt;
    if (is_channel_data) {
        const std::size_t size = kChannelDataHeaderSize + *length;
        if (stun::padded_size(size) > size_max) return Failure(FrameError::kTooLong);
        return Extent{size, stun::padded_size(size)};
    }
    if (*length % 4 != 0) return Failure(FrameError::kBadLength);
    const std::size_t size = stun::kHeaderSize + *length;
    if (size > size_max) return Failure(FrameError::kTooLong);
    const auto cookie = reader.read_u32();
    if (!cookie) return std::nullopt;
    if (*cookie != stun::kMagicCookie) return Failure(FrameError::kNotAFrame);
    return Extent{size, size};
}

Result<std::optional<ByteView>, FrameError> StreamFramer::poll_frame(ByteView& input, std::size_t size_max) {
    if (given_) {
        ByteBuffer().swap(held_); // a connection that waits holds nothing
        given_ = false;
    }
    if (!held_.empty()) return continue_held(input, size_max);
    const auto known = extent_of(input, size_max);
    if (!known) return Failure(known.error());
    const std::optional<Extent> extent = *known;
    if (!extent || input.size() < extent->padded) {
        hold(input, input.size());
        return std::nullopt;
    }
    const ByteView frame = input.first(extent->frame);
    input = input.subspan(extent->padded);
    return frame;
}

void StreamFramer::hold(ByteView& input, std::size_t size) {
    // Grows with what has come, not with what a header promises.
    const ByteView taken = input.first(std::min(size, input.size()));
    held_.insert(held_.end(), taken.begin(), taken.end());
    input = input.subspan(taken.size());
}

Result<std::optional<ByteView>, FrameError> StreamFramer::continue_held(ByteView& input, std::size_t size_max) {
    while (true) {
        const auto known = extent_of(held_, size_max);
        if (!known) return Failure(known.error());
        const std::optional<Extent> extent = *known;
        if (extent) {
            hold(input, extent->padded - held_.size());
            if (held_.size() < extent->padded) return std::nullopt;
            given_ = true;
            return ByteView(held_).first(extent->frame);
        }
        if (input.empty()) return std::nullopt;
        hold(input, (held_.size() < kLengthEnd ? kLengthEnd : kStreamOpeningSize) - held_.size());
    }
}

} // namespace vv::turn
