// An RTP packet as it lies in a datagram (RFC 3550 §5.1): checked once for shape, then read in place. Written by
// write_header, behind which the caller appends the payload.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/tagged.h"
#include "rtp/header_extension.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vv::rtp {

inline constexpr std::uint8_t kVersion = 2;
inline constexpr std::size_t kFixedHeaderSize = 12;
inline constexpr std::size_t kExtensionHeaderSize = 4;
/// What four and seven bits can say.
inline constexpr std::size_t kCsrcsMax = 15;
inline constexpr std::uint8_t kPayloadTypeMax = 127;

using Ssrc = Tagged<std::uint32_t, struct SsrcTag>;

enum class ParseError : std::uint8_t {
    kTooShort,   ///< ends inside the header, its sources or its extensions
    kBadVersion, ///< no version 2
    kBadPadding, ///< the last byte says more than there is, or nothing (RFC 3550 §5.1: it counts itself)
};

/// The fields that are the same in every packet, in the order of the wire.
struct Header {
    bool marker = false;
    std::uint8_t payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    Ssrc ssrc;

    friend bool operator==(const Header&, const Header&) = default;
};

struct Packet {
    Header header;
    ByteView csrcs; ///< four bytes each
    ExtensionReader extensions;
    ByteView payload;        ///< without padding
    std::size_t padding = 0; ///< bytes of it, the count included

    /// The value of the first extension of this number, if there is one.
    [[nodiscard]] std::optional<ByteView> find_extension(std::uint8_t id) const;
};

/// The result points into the datagram.
[[nodiscard]] Result<Packet, ParseError> parse_packet(ByteView datagram);

/// Where the payload begins: behind the sources and the extensions, which SRTP leaves in clear. Nothing if the
/// packet ends before, or is no RTP.
[[nodiscard]] std::optional<std::size_t> payload_offset(ByteView packet);

/// Appends a header. csrcs: at most kCsrcsMax. extensions: see fits_an_extension (header_extension.h).
void write_header(ByteBuffer& out, const Header& header, std::span<const Extension> extensions = {},
                  std::span<const std::uint32_t> csrcs = {});

/// Of a packet that has a payload_offset, without reading the rest.
[[nodiscard]] std::uint16_t sequence_of(ByteView packet);
[[nodiscard]] Ssrc ssrc_of(ByteView packet);

} // namespace vv::rtp
