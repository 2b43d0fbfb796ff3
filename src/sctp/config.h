// What an association is told when it is made, and the limits it keeps.
#pragma once

#include "sctp/init_chunk.h"
#include "sctp/packet.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::sctp {

/// With DTLS, a TURN channel's header, UDP and IPv6 around it (37 + 4 + 8 + 40 bytes) a packet of this size passes
/// every path that IPv6 allows (1 280 bytes). The path is not probed for more.
inline constexpr std::size_t kPacketSize = 1'184;
/// The longest cookie of a peer's has to fit.
inline constexpr std::size_t kPacketSizeMin = kCommonHeaderSize + kChunkHeaderSize + kPeerCookieSizeMax;
/// Streams of each direction that are offered, and so data channels; RFC 8831 §6.2 would have 65 535. It bounds what
/// a peer can make us remember of streams.
inline constexpr std::uint16_t kStreamsMax = 1'024;
/// The longest message in either direction: what is said in a=max-message-size (RFC 8841 §6).
inline constexpr std::size_t kMessageSizeMax = 262'144;
/// What is held of a peer's data until it is whole and fetched.
inline constexpr std::size_t kReceiveWindow = 1'048'576;
/// The window is what the newest data may fill. What closes a gap may go a quarter beyond it, and what comes next of
/// all to twice as much: it frees what waits behind it, and without it nothing would go on.
inline constexpr std::size_t kReceiveReserveDivisor = 4;
inline constexpr std::size_t kReceiveHardFactor = 2;
/// What may wait to be sent or acknowledged; send() refuses more.
inline constexpr std::size_t kSendBufferMax = 2'097'152;
/// The same for messages that must not be refused, the protocol's own (DCEP).
inline constexpr std::size_t kSendBufferReserve = 65'536;

/// RFC 9260 §16.
inline constexpr unsigned kInitSendsMax = 9; // once, and Max.Init.Retransmits again
inline constexpr unsigned kErrorsMax = 10;   // Association.Max.Retrans
inline constexpr std::chrono::seconds kHeartbeatInterval{30};
/// RFC 9260 §6.2 has 200 ms, and at most 500.
inline constexpr std::chrono::milliseconds kSackDelay{100};
/// RFC 9260 §9.2: T5, after which a peer that still sends is not waited for.
inline constexpr std::chrono::seconds kShutdownGuard{25};

struct AssociationConfig {
    std::uint16_t local_port = 5'000; ///< a=sctp-port of our description
    std::uint16_t remote_port = 5'000;
    std::size_t packet_size = kPacketSize; ///< kPacketSizeMin to kPacketSizeMax
    std::uint16_t streams = kStreamsMax;
    std::size_t send_message_max = kMessageSizeMax;    ///< the peer's a=max-message-size, if it is less
    std::size_t receive_message_max = kMessageSizeMax; ///< as our description says
    std::size_t receive_window = kReceiveWindow;
    std::size_t send_buffer_max = kSendBufferMax;
};

} // namespace vv::sctp
