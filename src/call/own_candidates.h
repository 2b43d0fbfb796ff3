// This end's candidates on their way to the partner: one goes out as soon as it is found,
// those found right behind it travel in one body, and the last one says that it is the
// last. Of web/core/own_candidates.ts.
#pragma once

#include "base/instant.h"
#include "caller/bodies.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace vv::call {

/// Candidates found within it of one that has been told travel together.
inline constexpr std::chrono::milliseconds kBatchTime{10};

class OwnCandidates {
public:
    /// ICE is restarted: gathering begins anew. What was found before and not told is told all the same.
    void handle_restart() { has_all_ = is_end_told_ = false; }
    void add(caller::CandidateInit candidate) { untold_.push_back(std::move(candidate)); }
    void handle_end() { has_all_ = true; }

    /// A body that is to be told now.
    [[nodiscard]] std::optional<caller::CandidatesBody> poll_body(Instant now) {
        if (next_at_ && now < *next_at_) return std::nullopt;
        const bool is_end = has_all_ && !is_end_told_;
        if (untold_.empty() && !is_end) return std::nullopt;
        caller::CandidatesBody body;
        const std::size_t count = std::min(untold_.size(), caller::kCandidatesMax);
        const auto last = untold_.begin() + static_cast<std::ptrdiff_t>(count);
        body.list.assign(std::move_iterator(untold_.begin()), std::move_iterator(last));
        untold_.erase(untold_.begin(), last);
        body.end = is_end && untold_.empty();
        is_end_told_ = is_end_told_ || body.end;
        if (untold_.empty()) next_at_ = now + kBatchTime;
        return body;
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const {
        const bool is_waiting = !untold_.empty() || (has_all_ && !is_end_told_);
        return is_waiting ? next_at_ : std::nullopt;
    }

private:
    std::vector<caller::CandidateInit> untold_;
    std::optional<Instant> next_at_;
    bool has_all_ = false;
    bool is_end_told_ = false;
};

} // namespace vv::call
