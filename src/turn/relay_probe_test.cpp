#include "turn/relay_probe.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using State = RelayProbe::State;

// The relay, the way to it, and what a firewall or a NAT makes of the peer's packets.
class RelayProbeTest : public testing::Test {
protected:
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.secrets = {{.bytes = kSecret}};
        return config;
    }
    RelayProbe begin(RestCredential credential = probe_credential()) {
        return {relay_.now, std::move(credential), path_.client.value().ip.family(), rng_};
    }
    /// Carries datagrams back and forth until there are none.
    void exchange(RelayProbe& probe) {
        while (auto out = probe.poll_transmit()) {
            ++sent_;
            if (lose_ > 0) {
                --lose_;
            } else if (out->to) {
                carry_to_relayed_address(*out);
            } else if (const auto answer = relay_.client_sends(path_, out->bytes)) {
                probe.handle_input(relay_.now, answer->bytes());
            }
            for (const ToClient& in : std::exchange(relay_.to_clients, {}))
                probe.handle_input(relay_.now, in.datagram);
        }
    }
    void wait(RelayProbe& probe) {
        relay_.advance(*probe.poll_timeout() - relay_.now);
        probe.handle_timeout(relay_.now);
        exchange(probe);
    }
    void run(RelayProbe& probe) {
        exchange(probe);
        while (probe.state() == State::kRunning)
            wait(probe);
        exchange(probe);
    }

    TestRelay relay_{config()};
    SeededRng rng_{3};
    FiveTuple path_{at("11.0.0.1:3478"), ClientAddress(at("12.0.0.9:999"))};
    SocketAddress peer_ = at("12.0.0.9:777"); // as the relay's port sees it
    SocketAddress passed_to_;                 // where the peer has sent
    int lose_ = 0;
    int sent_ = 0;
    bool relay_ports_closed_ = false;

private:
    void carry_to_relayed_address(const RelayProbe::Transmit& out) {
        passed_to_ = *out.to;
        const RelaySocket relay{out.to->ip.family(), RelayPort(out.to->port)};
        if (!relay_ports_closed_ && relay_.open.contains(relay)) relay_.peer_sends(relay, peer_, out.bytes);
    }
};

TEST_F(RelayProbeTest, ARelayThatWorksIsFoundToAndLeftEmpty) {
    RelayProbe probe = begin();
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
    EXPECT_EQ(probe.poll_timeout(), std::nullopt);
    EXPECT_EQ(passed_to_.ip, ip("11.0.0.1"));
    EXPECT_EQ(relay_.server.counters().udp.packets_to_clients, 1U) << "a packet has come through it";
    EXPECT_EQ(relay_.server.counters().packets_hairpinned, 0U) << "and by the way that calls come";
    EXPECT_EQ(relay_.server.counters().allocations_live, 0U);
    EXPECT_EQ(sent_, 5) << "challenge, allocate, permit, the packet, goodbye";
}

TEST_F(RelayProbeTest, OverIpv6ARelayedAddressOfIpv6IsTried) {
    path_ = {at("[2600::1]:3478"), ClientAddress(at("[2600:1::9]:999"))};
    peer_ = at("[2600:1::9]:777");
    RelayProbe probe = begin();
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
    EXPECT_EQ(passed_to_.ip, ip("2600::1"));
}

TEST_F(RelayProbeTest, ARelayThatHasNoAddressOfTheFamilySaysSo) {
    ServerConfig without = config();
    without.ipv6.reset();
    TestRelay relay(without);
    path_ = {at("[2600::1]:3478"), ClientAddress(at("[2600:1::9]:999"))};
    RelayProbe probe = begin();
    while (const auto out = probe.poll_transmit()) {
        if (const auto answer = relay.client_sends(path_, out->bytes)) probe.handle_input(relay.now, answer->bytes());
    }
    EXPECT_EQ(probe.why(), "it has no relayed address of this family");
}

// The server may reach the relay over a private network, or sit on its machine: addresses no call could use.
TEST_F(RelayProbeTest, WhereverTheProbeComesFrom) {
    for (const char* own : {"10.0.0.5", "127.0.0.1", "11.0.0.1"}) {
        path_.client = ClientAddress(SocketAddress{ip(own), 999});
        peer_ = {ip(own), 777};
        RelayProbe probe = begin();
        exchange(probe);
        EXPECT_EQ(probe.state(), State::kWorks) << own << ": " << probe.why();
    }
}

TEST_F(RelayProbeTest, LostDatagramsAreSentAgain) {
    lose_ = kProbeSendsMax - 1;
    RelayProbe probe = begin();
    run(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
}

TEST_F(RelayProbeTest, SilenceIsAFailure) {
    lose_ = 1000;
    const Instant begun = relay_.now;
    RelayProbe probe = begin();
    run(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
    EXPECT_EQ(probe.why(), "no answer");
    EXPECT_FALSE(probe.was_answered());
    EXPECT_EQ(sent_, kProbeSendsMax);
    EXPECT_EQ(relay_.now - begun, kProbeResend * kProbeSendsMax);
}

// The commonest mistakes: a firewall in front of the ports, and an address that leads elsewhere.
TEST_F(RelayProbeTest, ARelayWhosePortsAreClosedIsFound) {
    relay_ports_closed_ = true;
    RelayProbe probe = begin();
    run(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
    EXPECT_TRUE(probe.was_answered());
    EXPECT_NE(probe.why().find("nothing sent from 12.0.0.9 to 11.0.0.1:"), std::string::npos) << probe.why();
    EXPECT_NE(probe.why().find("turn.relay_ports"), std::string::npos);
    EXPECT_NE(probe.why().find("turn.public_address"), std::string::npos);
    EXPECT_EQ(relay_.server.counters().allocations_live, 0U) << "and is left empty all the same";
}

TEST_F(RelayProbeTest, WhatComesFromSomebodyElseProvesNothing) {
    peer_ = at("12.0.0.8:777");
    RelayProbe probe = begin();
    run(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
}

TEST_F(RelayProbeTest, AnotherSecretIsToldApart) {
    RestCredential wrong = probe_credential();
    wrong.password = rest_password(bytes_of("another secret"), wrong.username);
    RelayProbe probe = begin(wrong);
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
    EXPECT_EQ(probe.why(), "it does not know the secret");
}

TEST_F(RelayProbeTest, ARelayThatStopsSaysSo) {
    relay_.server.stop_allocating();
    RelayProbe probe = begin();
    exchange(probe);
    EXPECT_EQ(probe.why(), "it is full or stopping");
}

TEST_F(RelayProbeTest, ForgedAnswersAreIgnored) {
    RelayProbe probe = begin();
    const auto first = probe.poll_transmit();
    ASSERT_TRUE(first);
    const auto challenge = relay_.client_sends(path_, first->bytes);
    probe.handle_input(relay_.now, challenge->bytes());
    const auto allocate = probe.poll_transmit();
    ASSERT_TRUE(allocate);
    ByteBuffer forged;
    stun::MessageBuilder(forged, stun::Method::kAllocate, stun::MessageClass::kSuccess,
                         stun::parse_message(allocate->bytes)->transaction_id())
        .add_xor_address(stun::AttributeType::kXorRelayedAddress, at("6.6.6.6:6"))
        .add_xor_address(stun::AttributeType::kXorMappedAddress, at("12.0.0.9:999"))
        .add_message_integrity(bytes_of("a guess"));
    probe.handle_input(relay_.now, forged);
    probe.handle_input(relay_.now, bytes_of("noise"));
    probe.handle_input(relay_.now, {});
    EXPECT_EQ(probe.poll_transmit(), std::nullopt);
    probe.handle_input(relay_.now, relay_.client_sends(path_, allocate->bytes)->bytes());
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
}

TEST_F(RelayProbeTest, ForgedDataIsIgnored) {
    relay_ports_closed_ = true;
    RelayProbe probe = begin();
    exchange(probe); // up to the packet, which is lost
    for (const char* peer : {"12.0.0.9:777", "6.6.6.6:6"}) {
        ByteBuffer forged;
        stun::MessageBuilder(forged, stun::Method::kData, stun::MessageClass::kIndication, stun::TransactionId())
            .add_xor_address(stun::AttributeType::kXorPeerAddress, at(peer))
            .add(stun::AttributeType::kData, bytes_of("a guess"));
        probe.handle_input(relay_.now, forged);
    }
    EXPECT_EQ(probe.state(), State::kRunning);
}

} // namespace
} // namespace vv::turn::test
