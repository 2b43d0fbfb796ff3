#include "sctp/congestion_window.h"

#include <algorithm>

namespace vv::sctp {

void CongestionWindow::handle_ack(std::size_t acked, std::size_t flight_before) {
    // A window that was not used up has proved nothing (RFC 9260 §7.2.1). Whole packets do not fill it to the byte.
    const bool was_full = flight_before + packet_ > window_;
    if (is_slow_start()) {
        if (was_full) window_ += std::min(acked, kSlowStartPacketsPerSack * packet_);
        return;
    }
    partly_acked_ += acked;
    if (partly_acked_ < window_) return;
    partly_acked_ = was_full ? partly_acked_ - window_ : 0;
    if (was_full) window_ += packet_;
}

void CongestionWindow::handle_loss() {
    threshold_ = std::max(window_ / 2, kWindowPacketsMin * packet_);
    window_ = threshold_;
    partly_acked_ = 0;
}

void CongestionWindow::handle_timeout() {
    threshold_ = std::max(window_ / 2, kWindowPacketsMin * packet_);
    window_ = packet_;
    partly_acked_ = 0;
}

void CongestionWindow::handle_idle() {
    window_ = std::max(window_ / 2, std::min(window_, kInitialWindowPackets * packet_));
    partly_acked_ = 0;
}

} // namespace vv::sctp
