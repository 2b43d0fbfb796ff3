#include "net/limit_watch.h"

#include <array>

namespace vv::net {
namespace {

struct Watched {
    const char* event;
    const char* metric;
    const char* labels;
};

// What the operator can do something about. docs/operating.md says what.
constexpr std::array kWatched = {
    Watched{"connections-refused", "visavis_connections_refused_total", ""},
    Watched{"websockets-refused", "visavis_websockets_refused_total", ""},
    Watched{"descriptors-ran-out", "visavis_accept_pauses_total", ""},
    Watched{"relay-quota-reached", "visavis_turn_errors_total", R"(code="486")"},
    Watched{"relay-total-reached", "visavis_turn_allocations_refused_total", R"(reason="total")"},
    Watched{"relay-ports-used-up", "visavis_turn_allocations_refused_total", R"(reason="no_port")"},
    Watched{"relay-refusals-not-logged", "visavis_turn_refusals_not_logged_total", ""},
    Watched{"relay-ports-failed", "visavis_turn_relay_ports_failed_total", ""},
};

} // namespace

LimitWatch::LimitWatch(EventLoop& loop, const Metrics& metrics, Log& log, Duration interval)
    : metrics_(metrics),
      log_(log),
      interval_(interval),
      seen_(kWatched.size()),
      timer_(loop.timers(), *this) {
    timer_.arm(loop.now() + interval_);
}

void LimitWatch::report() {
    for (std::size_t i = 0; i < kWatched.size(); ++i) {
        const Watched& watched = kWatched.at(i);
        const std::uint64_t now = metrics_.count_of(watched.metric, watched.labels);
        if (now > seen_[i]) log_.warn(watched.event, {{"times", now - seen_[i]}});
        seen_[i] = now;
    }
}

void LimitWatch::handle_timeout(Timer&, Instant now) {
    report();
    timer_.arm(now + interval_);
}

} // namespace vv::net
