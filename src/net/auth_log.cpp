#include "net/auth_log.h"

namespace vv::net {
namespace {

const char* name_of(turn::Transport transport) {
    switch (transport) {
    case turn::Transport::kUdp:
        return "udp";
    case turn::Transport::kTcp:
        return "tcp";
    case turn::Transport::kTls:
        break;
    }
    return "tls";
}

const char* name_of(turn::AuthRefused::Why why) {
    switch (why) {
    case turn::AuthRefused::Why::kPassword:
        return "password";
    case turn::AuthRefused::Why::kName:
        return "name";
    case turn::AuthRefused::Why::kNameless:
        return "nameless";
    case turn::AuthRefused::Why::kExpired:
        return "expired";
    case turn::AuthRefused::Why::kTooLong:
        break;
    }
    return "too-long";
}

} // namespace

AuthLog::AuthLog(AuthLogTotal& total, Metrics& metrics, Rng& rng)
    : total_(total),
      not_logged_(metrics.counter("visavis_turn_refusals_not_logged_total",
                                  "Refused names and passwords past the rate of lines about them.")),
      sources_(kRefusalLinesPerSource, rng.bytes<crypto::kSipHashKeySize>()) {}

void AuthLog::note(Instant now, const turn::AuthRefused& refused) {
    const IpAddress address = refused.from.client.value().ip.unmapped();
    const bool is_shown = total_.log.shows_addresses();
    const Rate& all = is_shown ? kRefusalLines : kRefusalLinesHidden;
    SharedRateGate& lines = is_shown ? total_.lines : total_.lines_hidden;
    // The total is looked at first and paid last: whom it silences must not lose a line of their own for it.
    if (!lines.has_room(now, all) || !sources_.admit(now, address) || lines.try_take(now, all)) {
        not_logged_.add();
        return;
    }
    const LogField from("address", Redacted<IpAddress>(address));
    const LogField by("transport", name_of(refused.from.transport));
    const LogField why("why", name_of(refused.why));
    if (refused.why == turn::AuthRefused::Why::kNameless) {
        // The operator's to mend, and nobody's to be shut out for: the filter for fail2ban passes over such a line.
        total_.log.warn("turn-auth-refused", {from, by, why, {"use", "turn.app_secrets"}});
    } else {
        total_.log.warn("turn-auth-refused", {from, by, why});
    }
}

} // namespace vv::net
