// Keeps what was sent for a while, and sends again what the other end says it has not got: in a stream of its own
// (RFC 4588) where that was agreed on, else as it was.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "rtp/packet.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace vv::rtp {

/// Packets kept: a second of 12 Mbit/s, or two of what a call sends at most.
inline constexpr std::size_t kSentPacketsMax = 1024;
/// And bytes, of packets with headers.
inline constexpr std::size_t kSentBytesMax = 1U << 20U;
/// Nobody waits longer for a packet than this.
inline constexpr std::chrono::seconds kSentAgeMax{2};
/// Asked for and not sent yet; what is asked beyond is asked for again.
inline constexpr std::size_t kResendsMax = 256;

class NackResponder {
public:
    struct Rtx {
        Ssrc ssrc;
        std::uint8_t payload_type = 0;
        std::uint16_t first_sequence = 0;
    };
    /// Nothing: a packet is sent again as it was, for which SRTP has to allow repeats (srtp/protector.h).
    explicit NackResponder(std::optional<Rtx> rtx);

    /// A packet of the stream as it left, before SRTP; in the order of its numbers.
    void note_sent(Instant now, ByteView packet);
    /// Each is sent again once in a round trip at most, however often it is asked for.
    void handle_nack(Instant now, std::span<const std::uint16_t> sequences);
    /// The next packet to send.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();

    /// The section is another from here on: what was kept is of no use in it, and repeats have this number. Their
    /// sequence goes on, since SRTP does not protect a number twice.
    void begin_anew(std::uint8_t rtx_payload_type);

    void set_round_trip(Duration round_trip) { round_trip_ = round_trip; }
    [[nodiscard]] std::size_t kept() const { return sent_.size(); }

private:
    struct Sent {
        Instant at;
        std::optional<Instant> resent_at;
        std::uint16_t sequence;
        ByteBuffer packet;
    };

    [[nodiscard]] Sent* find(std::uint16_t sequence);
    void drop_old(Instant now);

    std::optional<Rtx> rtx_;
    std::deque<Sent> sent_;
    std::size_t bytes_ = 0;
    std::deque<ByteBuffer> outgoing_;
    Duration round_trip_ = std::chrono::milliseconds(50);
};

} // namespace vv::rtp
