// Header extensions of RTP in both of their forms (RFC 8285): one byte of number and length before each, or two. The
// numbers are agreed on in the SDP.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::rtp {

/// RFC 8285 §4.2, §4.3; of the second the lowest four bits are anyone's.
inline constexpr std::uint16_t kOneByteProfile = 0xBEDE;
inline constexpr std::uint16_t kTwoByteProfile = 0x1000;

/// RFC 8285 §4.2: 0 is padding, 15 ends the reading.
inline constexpr std::uint8_t kOneByteIdMax = 14;
inline constexpr std::size_t kOneByteSizeMax = 16;
inline constexpr std::size_t kTwoByteSizeMax = 255;
/// More than any call of ours agrees on; 16 of the longest fit into the length field many times over.
inline constexpr std::size_t kExtensionsWrittenMax = 16;

struct Extension {
    std::uint8_t id = 0;
    ByteView value;
};

/// Steps through the extensions of a packet. Under a profile we do not know, or where the bytes stop making sense,
/// there are none (more): extensions are hints, and a packet is good without them (RFC 8285 §4.1.2).
class ExtensionReader {
public:
    ExtensionReader() : reader_(ByteView()) {}
    ExtensionReader(std::uint16_t profile, ByteView bytes);

    [[nodiscard]] std::optional<Extension> next();

private:
    enum class Form : std::uint8_t { kNone, kOneByte, kTwoByte };

    ByteReader reader_;
    Form form_ = Form::kNone;
};

/// number not 0, value at most 255 bytes: what one of the two forms can say.
[[nodiscard]] bool fits_an_extension(const Extension& extension);

/// Appends the block of extensions with its header, in the shorter form where all of them fit it. At most
/// kExtensionsWrittenMax, each of which fits.
void write_extensions(ByteBuffer& out, std::span<const Extension> extensions);

} // namespace vv::rtp
