// Tells the log whom the relay refused for a name or password, one line
// each, for programs that shut such addresses out (docs/relay.md has the filter
// for fail2ban). Bounded: somebody who guesses is worth a few lines, not a disk.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/rng.h"
#include "net/log.h"
#include "net/metrics.h"
#include "net/shared_rate_gate.h"
#include "stun/source_limiter.h"
#include "turn/action.h"

#include <chrono>

namespace vv::net {

/// Lines about one IPv4 address or IPv6 /64: enough to tell a habit from a slip.
inline constexpr Rate kRefusalLinesPerSource = one_every(std::chrono::seconds(10), 10);
/// Lines about all of them together: at most some 45 MB a day.
inline constexpr Rate kRefusalLines = per_second(5, 100);
/// The same where addresses are hidden: nobody can be shut out by these, they only say that somebody guesses.
inline constexpr Rate kRefusalLinesHidden = one_every(std::chrono::minutes(1), 20);

/// What the logs of all shards write to; outlives them.
struct AuthLogTotal {
    explicit AuthLogTotal(Log& into) : log(into) {}

    Log& log;
    SharedRateGate lines;
    SharedRateGate lines_hidden; // apart: the slow one would silence the other for minutes after a change
};

class AuthLog {
public:
    /// References outlive this.
    AuthLog(AuthLogTotal& total, Metrics& metrics, Rng& rng);

    /// What has not become a line is counted (visavis_turn_refusals_not_logged_total).
    void note(Instant now, const turn::AuthRefused& refused);

private:
    AuthLogTotal& total_;
    Counter& not_logged_;
    stun::SourceLimiter sources_;
};

} // namespace vv::net
