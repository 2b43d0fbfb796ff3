// Who may look for someone in the rooms. What follows from reports, put together: the
// operator's bans, cooldowns that come about by themselves, and the keys by which
// people are known again. Private calls are open to everybody and never ask.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "safety/ban_book.h"
#include "safety/cooldowns.h"
#include "safety/key_ring.h"
#include "safety/person.h"
#include "safety/report.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace vv::safety {

/// From a slowed block of addresses a session may look for someone once in this time, counted from its beginning: a
/// reload or a new token gains nothing, and nobody waits for others of the same network.
inline constexpr Duration kSlowedSeekTime = std::chrono::minutes(1);

/// What is kept where reports are kept, and matters here.
struct Record {
    KeyRing keys;
    std::vector<Ban> bans;
    std::vector<ReportId> dismissed;
};

struct Standing {
    enum class Kind : std::uint8_t { kFree, kCooldown, kBanned };
    Kind kind = Kind::kFree;
    Instant until{}; // if not free
};

class Guard {
public:
    Guard(const CooldownConfig& config, Rng& rng) : cooldowns_(config, rng) {}

    /// Replaces what was known before.
    void handle_record(Instant now, Record record);
    /// A report of a call in a room that both had accepted has been kept. True if a cooldown begins.
    bool handle_report(Instant now, ReportId report, const Person& reporter, const DeviceId& meant) {
        return cooldowns_.count(now, report, reporter, meant);
    }
    void handle_timeout(Instant now) { cooldowns_.forget(now); }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return cooldowns_.poll_timeout(); }

    [[nodiscard]] Standing standing(Instant now, const DeviceId& device) const;
    [[nodiscard]] bool is_slowed(Instant now, const AddressPrefix& prefix) const;
    /// Nothing while no key is known.
    [[nodiscard]] std::optional<Marks> marks(const Person& person) const;

    [[nodiscard]] std::size_t bans(Instant now) const { return bans_.active(now); }
    [[nodiscard]] std::size_t cooldowns() const { return cooldowns_.active(); }

private:
    KeyRing keys_;
    BanBook bans_;
    Cooldowns cooldowns_;
};

} // namespace vv::safety
