// How much may be on its way at once (RFC 9260 §7.2): slow start, avoidance and
// what loss does to both. In bytes of chunks, on the one path there is.
#pragma once

#include <cstddef>
#include <limits>

namespace vv::sctp {

/// Packets on their way before anything is known of the path. RFC 9260 §7.2.1 has 4; ten is what TCP (RFC 6928) and
/// browsers' data channels begin with.
inline constexpr std::size_t kInitialWindowPackets = 10;
/// RFC 9260 §7.2.3: what is left of the window after a loss, at least.
inline constexpr std::size_t kWindowPacketsMin = 4;
/// How many packets' worth one SACK may add in slow start, since it stands for two of them (RFC 3465 §2.2).
inline constexpr std::size_t kSlowStartPacketsPerSack = 2;

class CongestionWindow {
public:
    /// packet: bytes of chunks in a full packet.
    explicit CongestionWindow(std::size_t packet) : packet_(packet), window_(kInitialWindowPackets * packet) {}

    /// A SACK that moved the cumulative TSN. acked: bytes that it covers first. flight_before: on the way before it.
    void handle_ack(std::size_t acked, std::size_t flight_before);
    /// Nothing is on its way any more, and a window that is partly acknowledged counts for nothing (RFC 9260 §7.2.2).
    void handle_all_acked() { partly_acked_ = 0; }
    /// RFC 9260 §7.2.4: fast retransmission.
    void handle_loss();
    /// RFC 9260 §7.2.3: T3 has expired.
    void handle_timeout();
    /// RFC 9260 §7.2.1: nothing was sent for another RTO.
    void handle_idle();

    [[nodiscard]] std::size_t bytes() const { return window_; }
    [[nodiscard]] std::size_t slow_start_threshold() const { return threshold_; }

private:
    [[nodiscard]] bool is_slow_start() const { return window_ <= threshold_; }

    std::size_t packet_;
    std::size_t window_;
    std::size_t threshold_ = std::numeric_limits<std::size_t>::max(); // none yet
    std::size_t partly_acked_ = 0;
};

} // namespace vv::sctp
