// Keeps a device out of the rooms for a while when several different people have
// reported it, without anybody having to decide. Counted in memory only.
//
// Three things keep this from being a weapon:
//   different people   a device counts once against another, and so does everybody at one place: many tabs, many tokens
//                      or many IPv6 addresses of one customer are one person
//                      (but a household has an IPv4 and an IPv6 place, and a telephone a third)
//   people who met     only reports of calls in a room that both had accepted are given to count()
//   few from anybody   of one reporter, and with more room of one place, only so many count in a window: who reports
//                      nearly everyone soon counts for nobody
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "crypto/siphash.h"
#include "safety/person.h"
#include "safety/report.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vv::safety {

struct CooldownConfig {
    std::size_t people = 3;                          // so many different ones begin a cooldown,
    Duration window = std::chrono::hours(24);        // having reported within this time,
    Duration length = std::chrono::hours(24);        // of this length; zero: there are no cooldowns
    std::size_t counted_per_reporter = 5;            // within the window
    std::size_t reports_max = std::size_t{1} << 17U; // remembered over all; the oldest give way
};

/// Of one place as many reports count as of so many reporters.
inline constexpr std::size_t kReportersPerSite = 4;

class Cooldowns {
public:
    /// The hash tables' keys are drawn here, so that what is remembered names nobody and is nowhere else.
    Cooldowns(const CooldownConfig& config, Rng& rng);

    /// True if a cooldown begins (or begins anew) with this report.
    bool count(Instant now, ReportId report, const Person& reporter, const DeviceId& meant);
    /// The operator has dismissed the report: it no longer counts, and a cooldown it was needed for ends.
    void take_back(Instant now, ReportId report);
    /// When the device may look for someone again; nothing if it may now.
    [[nodiscard]] std::optional<Instant> until(Instant now, const DeviceId& device) const;

    void forget(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// Cooldowns that last, as of the last forget().
    [[nodiscard]] std::size_t active() const { return active_; }
    [[nodiscard]] std::size_t counted() const { return by_report_.size(); }

private:
    using Name = std::uint64_t; // of a device, or of a place; good in this process only

    struct Counted {
        ReportId report;
        Instant at;
        Name reporter = 0;
        Name site = 0;
    };
    struct Meant {
        std::vector<Counted> counted;
        std::optional<Instant> until;
    };
    template <typename What>
    struct Due {
        Instant at;
        What what;
    };
    template <typename What>
    using Queue = std::deque<Due<What>>; // in the order of time, which is that of coming

    [[nodiscard]] Name name_of(const DeviceId& device) const;
    [[nodiscard]] Name name_of(const AddressPrefix& site) const;
    [[nodiscard]] bool may_count(Instant now, const Meant& meant, Name reporter, Name site) const;
    [[nodiscard]] std::size_t allowance_left(Name who, std::size_t of) const;
    /// How many of them began or would begin a cooldown at this time.
    [[nodiscard]] std::size_t counting_at(Instant when, const Meant& meant) const;
    void end_cooldown(Meant& meant);
    void forget_report(ReportId report);
    void give_back(Name who);
    void tidy(Name meant);

    CooldownConfig config_;
    crypto::SipHashKey key_{};
    // Keys are our own hashes of random things and numbers of our own; never walked.
    std::unordered_map<Name, Meant> by_device_;
    std::unordered_map<std::int64_t, Name> by_report_; // whom a report that counts means
    std::unordered_map<Name, std::size_t> spent_;      // by reporters and places
    Queue<std::pair<Name, Name>> allowances_;          // when a reporter and a place may count once more
    Queue<ReportId> reports_;                          // when reports are forgotten
    Queue<Name> ends_;                                 // when cooldowns end
    std::size_t active_ = 0;
};

} // namespace vv::safety
