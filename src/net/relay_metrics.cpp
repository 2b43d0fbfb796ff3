#include "net/relay_metrics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vv::net {
namespace {

struct PublishedCounter {
    const char* name;
    const char* labels;
    const char* help;
    std::uint64_t turn::Counters::* member;
};

constexpr const char* kErrorsHelp = "Error answers of the relay, by code.";
constexpr const char* kRefusedHelp = "Allocations refused for what the server has or allows, by reason.";
constexpr const char* kPacketsHelp = "Packets relayed, by direction and by how the client comes.";
constexpr const char* kBytesHelp = "Payload bytes relayed, by direction and by how the client comes.";
constexpr const char* kAuthHelp = "Requests refused for who asked, by reason.";

constexpr PublishedCounter refused(const char* labels, std::uint64_t turn::Counters::* member) {
    return {"visavis_turn_allocations_refused_total", labels, kRefusedHelp, member};
}

constexpr PublishedCounter dropped(const char* labels, std::uint64_t turn::Counters::* member) {
    return {kDroppedName, labels, kDroppedHelp, member};
}

constexpr std::array kPublished = {
    PublishedCounter{"visavis_turn_allocations_total", "", "Allocations made.", &turn::Counters::allocations_total},
    PublishedCounter{"visavis_stun_bindings_total", "", "Binding requests answered.",
                     &turn::Counters::bindings_answered},
    PublishedCounter{"visavis_turn_hairpinned_total", "", "Packets passed between two allocations without a socket.",
                     &turn::Counters::packets_hairpinned},
    PublishedCounter{"visavis_turn_icmp_total", "", "ICMP errors passed on to clients.",
                     &turn::Counters::icmp_to_clients},
    PublishedCounter{"visavis_turn_errors_total", R"(code="400")", kErrorsHelp, &turn::Counters::error_400},
    PublishedCounter{"visavis_turn_errors_total", R"(code="401")", kErrorsHelp, &turn::Counters::error_401},
    PublishedCounter{"visavis_turn_errors_total", R"(code="403")", kErrorsHelp, &turn::Counters::error_403},
    PublishedCounter{"visavis_turn_errors_total", R"(code="420")", kErrorsHelp, &turn::Counters::error_420},
    PublishedCounter{"visavis_turn_errors_total", R"(code="437")", kErrorsHelp, &turn::Counters::error_437},
    PublishedCounter{"visavis_turn_errors_total", R"(code="438")", kErrorsHelp, &turn::Counters::error_438},
    PublishedCounter{"visavis_turn_errors_total", R"(code="440")", kErrorsHelp, &turn::Counters::error_440},
    PublishedCounter{"visavis_turn_errors_total", R"(code="441")", kErrorsHelp, &turn::Counters::error_441},
    PublishedCounter{"visavis_turn_errors_total", R"(code="442")", kErrorsHelp, &turn::Counters::error_442},
    PublishedCounter{"visavis_turn_errors_total", R"(code="443")", kErrorsHelp, &turn::Counters::error_443},
    PublishedCounter{"visavis_turn_errors_total", R"(code="486")", kErrorsHelp, &turn::Counters::error_486},
    PublishedCounter{"visavis_turn_errors_total", R"(code="508")", kErrorsHelp, &turn::Counters::error_508},
    PublishedCounter{"visavis_turn_auth_failures_total", R"(reason="expired")", kAuthHelp,
                     &turn::Counters::credentials_expired},
    PublishedCounter{"visavis_turn_auth_failures_total", R"(reason="too_long")", kAuthHelp,
                     &turn::Counters::credentials_too_long},
    PublishedCounter{"visavis_turn_auth_failures_total", R"(reason="unknown_name")", kAuthHelp,
                     &turn::Counters::names_unknown},
    PublishedCounter{"visavis_turn_auth_failures_total", R"(reason="nameless")", kAuthHelp,
                     &turn::Counters::names_missing},
    PublishedCounter{"visavis_turn_auth_failures_total", R"(reason="wrong_password")", kAuthHelp,
                     &turn::Counters::passwords_wrong},
    refused(R"(reason="no_port")", &turn::Counters::no_port_left),
    refused(R"(reason="total")", &turn::Counters::total_reached),
    refused(R"(reason="draining")", &turn::Counters::refused_draining),
    refused(R"(reason="user")", &turn::Counters::user_reached),
    refused(R"(reason="address")", &turn::Counters::source_reached),
    refused(R"(reason="nameless")", &turn::Counters::nameless_reached),
    refused(R"(reason="too_often")", &turn::Counters::made_too_often),
    PublishedCounter{"visavis_turn_relay_ports_failed_total", "", "Relay ports that could not be bound.",
                     &turn::Counters::relay_ports_failed},
    dropped(R"(reason="malformed")", &turn::Counters::dropped_malformed),
    dropped(R"(reason="unexpected")", &turn::Counters::dropped_unexpected),
    dropped(R"(reason="reply_limit")", &turn::Counters::dropped_reply_limit),
    dropped(R"(reason="amplifying")", &turn::Counters::dropped_amplifying),
    dropped(R"(reason="no_allocation")", &turn::Counters::dropped_no_allocation),
    dropped(R"(reason="no_channel")", &turn::Counters::dropped_no_channel),
    dropped(R"(reason="no_permission")", &turn::Counters::dropped_no_permission),
    dropped(R"(reason="peer_denied")", &turn::Counters::dropped_peer_denied),
    dropped(R"(reason="too_large")", &turn::Counters::dropped_too_large),
    dropped(R"(reason="icmp")", &turn::Counters::dropped_icmp),
    dropped(R"(reason="rate")", &turn::Counters::dropped_rate),
    dropped(R"(reason="no_consent")", &turn::Counters::dropped_no_consent),
    dropped(R"(reason="unasked")", &turn::Counters::dropped_unasked),
    dropped(R"(reason="checks")", &turn::Counters::dropped_checks),
    dropped(R"(reason="unheard")", &turn::Counters::dropped_unheard),
};

struct PublishedTraffic {
    const char* transport;
    turn::Traffic turn::Counters::* member;
};
constexpr std::array kTraffic = {PublishedTraffic{"udp", &turn::Counters::udp},
                                 PublishedTraffic{"tcp", &turn::Counters::tcp},
                                 PublishedTraffic{"tls", &turn::Counters::tls}};

struct PublishedDirection {
    const char* name;
    const char* help;
    const char* direction;
    std::uint64_t turn::Traffic::* member;
};
constexpr std::array kDirections = {
    PublishedDirection{"visavis_turn_packets_total", kPacketsHelp, "to_peer", &turn::Traffic::packets_to_peers},
    PublishedDirection{"visavis_turn_packets_total", kPacketsHelp, "to_client", &turn::Traffic::packets_to_clients},
    PublishedDirection{"visavis_turn_bytes_total", kBytesHelp, "to_peer", &turn::Traffic::bytes_to_peers},
    PublishedDirection{"visavis_turn_bytes_total", kBytesHelp, "to_client", &turn::Traffic::bytes_to_clients}};

static_assert(kDirections.size() == sizeof(turn::Traffic) / sizeof(std::uint64_t) &&
                  kPublished.size() + kTraffic.size() * kDirections.size() + 1 ==
                      sizeof(turn::Counters) / sizeof(std::uint64_t),
              "every counter of the relay is published; allocations_live is a gauge");

} // namespace

RelayMetrics::RelayMetrics(Metrics& metrics) : live_(metrics.gauge(kAllocationsGauge, kAllocationsHelp)) {
    for (const PublishedCounter& counter : kPublished)
        counters_.push_back(&metrics.counter(counter.name, counter.help, counter.labels));
    for (const PublishedTraffic& traffic : kTraffic) {
        for (const PublishedDirection& direction : kDirections) {
            const std::string labels =
                std::string("direction=\"") + direction.direction + "\",transport=\"" + traffic.transport + "\"";
            counters_.push_back(&metrics.counter(direction.name, direction.help, labels));
        }
    }
}

void RelayMetrics::publish(const turn::Counters& now) {
    auto counter = counters_.begin();
    for (const PublishedCounter& published : kPublished)
        (*counter++)->add(now.*published.member - last_.*published.member);
    for (const PublishedTraffic& traffic : kTraffic) {
        for (const PublishedDirection& direction : kDirections)
            (*counter++)->add(now.*traffic.member.*direction.member - last_.*traffic.member.*direction.member);
    }
    live_.add(static_cast<std::int64_t>(now.allocations_live) - static_cast<std::int64_t>(last_.allocations_live));
    last_ = now;
}

} // namespace vv::net
