// VP8 in RTP (RFC 7741): a picture is cut into packets, each of which begins with a descriptor that says where in the
// picture it stands. Putting pictures together again is vp8_assembler.h.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vv::rtp {

inline constexpr std::uint32_t kVideoClockRate = 90'000;
/// RFC 7741 §4.2: 15 bits.
inline constexpr std::uint16_t kVp8PictureIdMax = 0x7FFF;
/// With all of its extensions.
inline constexpr std::size_t kVp8DescriptorSizeMax = 6;

/// RFC 7741 §4.2. What a stream does not use is not there.
struct Vp8Descriptor {
    bool is_reference = true;      ///< N is not set: later pictures may need this one
    bool starts_partition = false; ///< S
    std::uint8_t partition = 0;    ///< PID
    std::optional<std::uint16_t> picture_id{};
    std::optional<std::uint8_t> tl0_picture_index{};
    struct Layer {
        std::uint8_t index = 0; ///< TID
        bool is_sync = false;   ///< Y
        friend bool operator==(const Layer&, const Layer&) = default;
    };
    std::optional<Layer> layer{};
    std::optional<std::uint8_t> key_index{};

    /// The first packet of a picture.
    [[nodiscard]] bool starts_picture() const { return starts_partition && partition == 0; }
    friend bool operator==(const Vp8Descriptor&, const Vp8Descriptor&) = default;
};

struct Vp8Payload {
    Vp8Descriptor descriptor;
    ByteView data; ///< at least one byte
};

/// Nothing: the payload ends inside its descriptor or holds nothing behind it.
[[nodiscard]] std::optional<Vp8Payload> parse_vp8(ByteView payload);
void write_vp8_descriptor(ByteBuffer& out, const Vp8Descriptor& descriptor);

/// What the first bytes of a picture say (RFC 7741 §4.3, RFC 6386 §9.1).
struct Vp8PictureHead {
    bool is_key = false;
    std::uint16_t width = 0; ///< of key pictures only
    std::uint16_t height = 0;
    friend bool operator==(const Vp8PictureHead&, const Vp8PictureHead&) = default;
};
/// Nothing: too short, or a key picture without its start code.
[[nodiscard]] std::optional<Vp8PictureHead> read_vp8_head(ByteView picture);

/// Cuts pictures into payloads, of nearly the same size each: one small packet at the end is lost as easily as a large
/// one.
class Vp8Packetizer {
public:
    /// payload_max: descriptor included; more than kVp8DescriptorSizeMax. first_picture_id: any.
    Vp8Packetizer(std::size_t payload_max, std::uint16_t first_picture_id);

    /// The payloads of a picture in order; the last one's packet has the marker. Empty for an empty picture.
    [[nodiscard]] std::vector<ByteBuffer> packetize(ByteView picture);

private:
    std::size_t payload_max_;
    std::uint16_t picture_id_;
};

} // namespace vv::rtp
