// Cuts the messages of a TURN client out of a byte stream (RFC 8489 §6.2.2,
// RFC 8656 §12.5). STUN messages say their length themselves; ChannelData does
// too, and is padded to four bytes on a stream, which its length does not count.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::turn {

/// The longest frame with its padding; a longer one ends the connection. It leaves room for any ChannelData.
inline constexpr std::size_t kFrameSizeMax = 65'535 + 4 + 3;

/// The same for a client without an allocation, so that a stranger takes hardly any memory. Requests of the longest
/// name, realm and nonce (RFC 8489 §14) fit.
inline constexpr std::size_t kStrangerFrameSizeMax = 4096;

/// Bytes of a stream that are enough to tell whether a STUN message begins it: up to the end of the magic cookie.
inline constexpr std::size_t kStreamOpeningSize = 8;

/// Why a stream cannot be read on: nobody knows where its next frame would begin.
enum class FrameError : std::uint8_t {
    kNotAFrame, ///< the first two bits are neither 0b00 nor 0b01, or the magic cookie is missing
    kBadLength, ///< a STUN message whose length is no multiple of four
    kTooLong,   ///< over the limit
};

class StreamFramer {
public:
    /// The next whole frame, without padding: exactly what a datagram would hold. Takes its bytes off the front of
    /// `input`. A frame that lies whole in `input` is not copied; the view points into `input` or into the framer and
    /// holds until the next call. Nothing: all of `input` has been taken, and the next frame needs more.
    /// size_max: of this frame with its padding. After an error the framer must not be used again.
    [[nodiscard]] Result<std::optional<ByteView>, FrameError> poll_frame(ByteView& input,
                                                                         std::size_t size_max = kFrameSizeMax);

    /// True between frames; the framer then holds no memory, or only until the next call.
    [[nodiscard]] bool is_idle() const { return held_.empty() || given_; }

private:
    struct Extent {
        std::size_t frame;  ///< without padding
        std::size_t padded; ///< what it takes from the stream
    };
    /// Nothing: more bytes are needed to say.
    [[nodiscard]] static Result<std::optional<Extent>, FrameError> extent_of(ByteView bytes, std::size_t size_max);
    void hold(ByteView& input, std::size_t size);
    [[nodiscard]] Result<std::optional<ByteView>, FrameError> continue_held(ByteView& input, std::size_t size_max);

    ByteBuffer held_;    // the beginning of a frame whose end has not come
    bool given_ = false; // held_ is whole and has been handed out
};

} // namespace vv::turn
