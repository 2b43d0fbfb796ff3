// INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3): how the ends of an association tell
// each other their tags, their first numbers and what they know.
#pragma once

#include "base/bytes.h"
#include "sctp/packet.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::sctp {

/// RFC 9260 §3.3.2: an end that advertises less could not be sent anything.
inline constexpr std::uint32_t kReceiveWindowMin = 1'500;
/// Parameters of an INIT that are reported back as unknown, in bytes; what is beyond is ignored unreported.
inline constexpr std::size_t kUnrecognizedSizeMax = 256;
/// A state cookie of the peer's that is echoed; usrsctp's have some 400 bytes.
inline constexpr std::size_t kPeerCookieSizeMax = 1'024;

/// What one end says of itself.
struct InitParameters {
    VerificationTag tag; ///< never zero
    std::uint32_t receive_window = 0;
    std::uint16_t outbound_streams = 0;
    std::uint16_t inbound_streams = 0;
    std::uint32_t initial_tsn = 0;
    bool knows_forward_tsn = false; ///< RFC 3758 §3.1
    bool knows_reconfig = false;    ///< RFC 6525 §3.1, by the list of RFC 5061 §4.2.7

    friend bool operator==(const InitParameters&, const InitParameters&) = default;
};

struct InitChunk {
    InitParameters parameters;
    ByteView cookie;         ///< of an INIT ACK; into the packet
    ByteBuffer unrecognized; ///< parameters that the sender wants to be told of, as they were (RFC 9260 §3.2.1)
};

/// Nothing for what may not stand in one. value: of the chunk.
[[nodiscard]] std::optional<InitChunk> parse_init(ByteView value);

void write_init(ByteBuffer& out, const InitParameters& parameters);
/// cookie: at most kPeerCookieSizeMax bytes. unrecognized: from the INIT that is answered.
void write_init_ack(ByteBuffer& out, const InitParameters& parameters, ByteView cookie, ByteView unrecognized);

} // namespace vv::sctp
