// When the next report is due (RFC 3550 §6.2, §6.3.1): a fixed time, each time anew between half and one and a half of
// it, so that the two ends do not fall into step. A call of two stays far below RTCP's share of the bandwidth.
#pragma once

#include "base/instant.h"
#include "base/rng.h"

#include <chrono>
#include <optional>

namespace vv::rtp {

inline constexpr std::chrono::milliseconds kReportInterval{1000};

class ReportTimer {
public:
    /// rng outlives the timer. RFC 3550 §6.2: the first report comes after half the time.
    ReportTimer(Instant now, Rng& rng, Duration interval = kReportInterval) : rng_(rng), interval_(interval) {
        due_at_ = now + varied() / 2;
    }

    /// True if a report is to be sent now.
    [[nodiscard]] bool handle_timeout(Instant now) {
        if (now < due_at_) return false;
        due_at_ = now + varied();
        return true;
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return due_at_; }

private:
    [[nodiscard]] Duration varied() {
        constexpr std::uint64_t kSteps = 1000;
        return interval_ / 2 + interval_ * static_cast<std::int64_t>(rng_.below(kSteps + 1)) / std::int64_t{kSteps};
    }

    Rng& rng_;
    Duration interval_;
    Instant due_at_;
};

} // namespace vv::rtp
