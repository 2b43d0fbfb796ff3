// Retransmission in a stream of its own (RFC 4588): the packet's first two bytes say which one it is again, everything
// else is as it was.
#pragma once

#include "base/bytes.h"
#include "rtp/packet.h"

#include <cstdint>
#include <optional>

namespace vv::rtp {

/// RFC 4588 §4: the original sequence number before the payload.
inline constexpr std::size_t kRtxPrefixSize = 2;

/// original: a packet as it was sent. header: whose sequence number, source and payload type the retransmission has;
/// time and marker are the original's. Extensions go along, sources (CSRC) do not.
[[nodiscard]] ByteBuffer write_rtx(const Packet& original, const Header& header);

/// The packet that was lost, as it was sent. Nothing: padding, with which senders try how much a path carries.
[[nodiscard]] std::optional<ByteBuffer> restore_from_rtx(const Packet& rtx, Ssrc media, std::uint8_t payload_type);

} // namespace vv::rtp
