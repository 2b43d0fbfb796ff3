#include "apps/relay_status.h"
#include "net/service_for_test.h"
#include "net/silent_port_for_test.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace vv::apps {
namespace {

constexpr std::string_view kMetrics = R"(# HELP visavis_turn_allocations Allocations alive now.
# TYPE visavis_turn_allocations gauge
visavis_turn_allocations 3
visavis_turn_allocations_total 41
visavis_turn_relay_ports 16384
visavis_turn_relay_ports_open{family="ipv4"} 3
visavis_turn_relay_ports_open{family="ipv6"} 1
visavis_turn_streams{transport="tcp"} 2
visavis_turn_streams{transport="tls"} 0
visavis_turn_packets_total{direction="to_client",transport="tcp"} 5
visavis_turn_packets_total{direction="to_client",transport="udp"} 15
visavis_turn_packets_total{direction="to_peer",transport="tcp"} 0
visavis_turn_packets_total{direction="to_peer",transport="udp"} 1000000
visavis_turn_bytes_total{direction="to_client",transport="udp"} 999
visavis_turn_bytes_total{direction="to_peer",transport="udp"} 1234567
visavis_turn_errors_total{code="401"} 0
visavis_turn_errors_total{code="438"} 2
visavis_turn_allocations_refused_total{reason="address"} 6
visavis_turn_allocations_refused_total{reason="no_port"} 0
visavis_turn_allocations_refused_total{reason="user"} 11
visavis_turn_auth_failures_total{reason="expired"} 0
visavis_turn_auth_failures_total{reason="wrong_password"} 9
visavis_udp_buffer_drops_total{from="clients"} 4
visavis_udp_buffer_drops_total{from="peers"} 0
visavis_turn_io{io="io_uring"} 2
visavis_turn_dropped_total{reason="no_consent"} 7
visavis_turn_dropped_total{reason="rate"} 1
visavis_stun_bindings_total 5
)";

TEST(RelayStatus, TellsAPersonWhatTheRelayDoes) {
    EXPECT_EQ(describe_relay(kMetrics), "allocations  3 now, 41 since the start\n"
                                        "ports        3 of 16384 over IPv4, 1 over IPv6\n"
                                        "streams      2 over TCP, 0 over TLS\n"
                                        "to peers     1000000 packets, 1.2 MB\n"
                                        "to clients   20 packets, 999 bytes\n"
                                        "bindings     5\n"
                                        "refused      438 2\n"
                                        "no room for  address 6, user 11\n"
                                        "not let in   wrong_password 9\n"
                                        "dropped      no_consent 7, rate 1\n"
                                        "too late     clients 4: datagrams the kernel dropped before they were read\n"
                                        "threads      by io_uring 2\n");
}

TEST(RelayStatus, AQuietRelayHasRefusedNothing) {
    const std::string text = describe_relay("visavis_turn_allocations 0\nvisavis_udp_lost_total 4\nnonsense\n\n");
    EXPECT_NE(
        text.find("refused      nothing\nno room for  nothing\nnot let in   nothing\ndropped      nothing\nlost "),
        std::string::npos);
    EXPECT_NE(text.find("lost         4 datagrams"), std::string::npos);
}

TEST(RelayStatus, SomethingElseIsToldApart) {
    EXPECT_THROW((void)describe_relay("go_goroutines 5\n"), std::runtime_error);
}

std::string reason_at(const SocketAddress& address) {
    try {
        return "no reason, but: " + metrics_or_reason(address);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST(RelayStatus, SaysWhyThereAreNoMetrics) {
    const net::RunningService running;
    EXPECT_NE(metrics_or_reason(running.service->metrics_addresses().front()).find("visavis_"), std::string::npos);
    EXPECT_EQ(reason_at(running.page_address()),
              "what answers at http://" + running.page_address().to_string() + "/metrics does not serve metrics");
    const net::SilentPort nobody;
    EXPECT_EQ(reason_at(nobody.address()), "nobody answers at http://" + nobody.address().to_string() +
                                               "/metrics; is the server running, and are its metrics on "
                                               "(metrics.listen)?");
}

} // namespace
} // namespace vv::apps
