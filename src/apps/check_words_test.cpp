#include "apps/check_relays.h"
#include "apps/check_words.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;
using Outcome = net::TurnTrial::Outcome;
using Step = net::TurnTrial::Step;

SocketAddress at(const char* text) {
    return *SocketAddress::parse(text);
}

net::StunTrial::Outcome seen_as(std::initializer_list<const char*> mapped) {
    net::StunTrial::Outcome outcome{true, {}};
    for (const char* const one : mapped)
        outcome.seen.push_back({{at("192.0.2.1:3478")}, at(one), at("10.0.0.5:4000"), 1ms});
    return outcome;
}

TEST(CheckWords, WhatANatDoesIsSaid) {
    EXPECT_EQ(nat_words(seen_as({"10.0.0.5:4000", "10.0.0.5:4000"})), "10.0.0.5, this machine's own: no NAT");
    EXPECT_EQ(nat_words(seen_as({"198.51.100.7:4000"})),
              "198.51.100.7, behind a NAT, as one port of the service sees it");
    EXPECT_EQ(nat_words(seen_as({"198.51.100.7:9000", "198.51.100.7:9000"})),
              "198.51.100.7, behind a NAT that shows 2 ports of the service the same: good for direct calls, as far as "
              "one address of the service can show");
    net::StunTrial::Outcome two_addresses = seen_as({"198.51.100.7:9000", "198.51.100.7:9000"});
    two_addresses.seen.back().server.address = at("192.0.2.2:3478");
    EXPECT_EQ(nat_words(two_addresses),
              "198.51.100.7, behind a NAT that shows 2 ports of the service the same: good for direct calls");
    EXPECT_EQ(nat_words(seen_as({"198.51.100.7:9000", "198.51.100.7:9001"})),
              "198.51.100.7, behind a NAT that shows 2 ports 2 different ports: many direct calls will need the relay");
    EXPECT_EQ(
        nat_words(seen_as({"198.51.100.7:9000", "198.51.100.8:9000"})),
        "several addresses, behind a NAT that shows 2 ports 2 different addresses: many direct calls will need the "
        "relay");
    EXPECT_EQ(nat_words(seen_as({})), "no answer");
    net::StunTrial::Outcome two_ways = seen_as({"10.0.0.5:4000", "10.9.0.5:4000"});
    two_ways.seen.back().local = at("10.9.0.5:4000");
    EXPECT_EQ(nat_words(two_ways), "several addresses, all this machine's own: no NAT");
}

TEST(CheckWords, ARelayThatWorksSaysHowFast) {
    const auto finding = finding_of(CheckPart::kRelayUdp, "192.0.2.1:3478",
                                    Outcome{.step = Step::kDone, .relay = 30ms, .round_trip = 1500us});
    EXPECT_EQ(finding.state, CheckState::kWorks);
    EXPECT_EQ(finding.what,
              "192.0.2.1:3478: two addresses after 30 ms, and a packet from one to the other and back in 1.5 ms");
    EXPECT_TRUE(finding.advice.empty());
    ASSERT_EQ(finding.numbers.size(), 2U);
}

TEST(CheckWords, WhyARelayDoesNotWorkAndWhatToDoIsSaid) {
    const auto udp = [](const Outcome& outcome) { return finding_of(CheckPart::kRelayUdp, "192.0.2.1:3478", outcome); };
    const auto silent = udp({});
    EXPECT_EQ(silent.state, CheckState::kFails);
    EXPECT_EQ(silent.what, "no answer from 192.0.2.1:3478");
    EXPECT_EQ(silent.advice, "UDP to port 3478 has to pass the firewalls, of the server and of this network");

    const auto stranger = udp({.ended = turn::Ended{turn::Ended::Why::kRefused, 401}});
    EXPECT_EQ(stranger.what,
              "192.0.2.1:3478 answers; it does not take the name and password that the server gives out");
    EXPECT_TRUE(stranger.advice.contains("turn.secrets"));
    EXPECT_TRUE(
        udp({.ended = turn::Ended{turn::Ended::Why::kRefused, 486}}).what.contains("no more relayed addresses"));
    EXPECT_TRUE(udp({.ended = turn::Ended{turn::Ended::Why::kRefused, 486}}).advice.contains("turn.allocations_per"));
    EXPECT_FALSE(udp({.ended = turn::Ended{turn::Ended::Why::kRefused, 508}}).advice.empty());
    EXPECT_FALSE(udp({.step = Step::kPermission}).advice.empty());
    const auto unusable = udp({.ended = turn::Ended{turn::Ended::Why::kUnusable, 0}});
    EXPECT_TRUE(unusable.what.contains("192.0.2.1:3478 answers")) << unusable.what;
    EXPECT_FALSE(unusable.advice.contains("firewall"));
    EXPECT_TRUE(udp({.step = Step::kPermission, .refused = 403}).what.contains("error 403"));
    const auto stuck = udp({.step = Step::kPacket});
    EXPECT_TRUE(stuck.what.contains("nothing passes")) << stuck.what;
    EXPECT_TRUE(stuck.advice.contains("turn.public_address"));

    const auto tls = finding_of(CheckPart::kRelayTls, "[2001:db8::1]:443",
                                Outcome{.failure = net::FetchError{net::FetchFailure::kNotTrusted, "self-signed"}});
    EXPECT_EQ(tls.what, "the certificate that [2001:db8::1] shows is not to be trusted (self-signed)");
    EXPECT_TRUE(tls.advice.contains("--trust"));
    const auto tcp = finding_of(CheckPart::kRelayTcp, "relay.example.org:3478",
                                Outcome{.failure = net::FetchError{net::FetchFailure::kNobodyAnswers, "refused"}});
    EXPECT_EQ(tcp.what, "nobody answers at relay.example.org:3478 (refused)");
    EXPECT_EQ(tcp.advice, "TCP to port 3478 has to pass the firewalls, of the server and of this network");
    const auto advice = [](net::FetchFailure failure) {
        return finding_of(CheckPart::kRelayTls, "relay.example.org:443",
                          Outcome{.failure = net::FetchError{failure, {}}})
            .advice;
    };
    EXPECT_TRUE(advice(net::FetchFailure::kBroken).contains("something else than TURN"));
    EXPECT_TRUE(advice(net::FetchFailure::kNoTls).contains("something else than TURN"));
    EXPECT_TRUE(advice(net::FetchFailure::kNoSuchHost).contains("spelling"));
    EXPECT_TRUE(advice(net::FetchFailure::kTooSlow).contains("port 443"));
}

TEST(CheckWords, WebSocketsAreSpokenOfWhereNoneIsAnswered) {
    net::WebSocketEnd end;
    for (const int status : {200, 400, 404}) {
        end.status = status;
        EXPECT_TRUE(signaling_advice(end).contains("WebSockets")) << status;
    }
    for (const int status : {0, 302, 429, 503}) {
        end.status = status;
        EXPECT_EQ(signaling_advice(end), "") << status;
    }
    EXPECT_TRUE(signaling_advice({}).contains("WebSockets"));
    end = {};
    end.why = net::FetchError{net::FetchFailure::kTooSlow, {}};
    EXPECT_TRUE(signaling_advice(end).contains("WebSockets"));
}

TEST(CheckWords, ACallSaysItsWayItsKeysAndItsLoss) {
    call::Report report;
    report.path = call::Path{ice::CandidateType::kHost, ice::CandidateType::kHost, {}, {}};
    report.security = call::Secured{"ECDHE", srtp::Profile::kAes128Gcm};
    report.round_trip = 2ms;
    report.sound.received.packets = 100;
    report.picture.received.packets = 100;
    auto finding = finding_of(CheckPart::kCall, {report, report}, 120ms);
    EXPECT_EQ(finding.state, CheckState::kWorks);
    EXPECT_EQ(finding.what,
              "directly, DTLS-SRTP (AES-128-GCM); sound and picture both ways 120 ms after both were there, "
              "none of 400 packets lost, round trip 2.0 ms");
    report.path->local = ice::CandidateType::kRelayed;
    report.path->own_relay = ice::RelayProtocol::kTls;
    report.sound.received.lost = 25;
    finding = finding_of(CheckPart::kRelayedCall, {report, report}, 120ms);
    EXPECT_EQ(finding.state, CheckState::kFails) << "a fifth of the sound";
    EXPECT_TRUE(finding.what.starts_with("through the relay by TLS")) << finding.what;
    EXPECT_TRUE(finding.what.contains("50 of 450 packets lost")) << finding.what;
    report.sound.received.lost = -3; // came twice
    EXPECT_EQ(finding_of(CheckPart::kCall, {report, report}, 1ms).state, CheckState::kWorks);
}

TEST(CheckWords, ACallThatWentSilentDoesNotWork) {
    call::Report report;
    report.sound.sent.packets = 160;
    report.sound.received.packets = 150; // the rest is under way
    report.picture.sent.packets = 30;
    report.picture.received.packets = 30;
    EXPECT_EQ(finding_of(CheckPart::kCall, {report, report}, 1ms).state, CheckState::kWorks);
    report.sound.received.packets = 10; // and no gap between them
    const auto finding = finding_of(CheckPart::kRelayedCall, {report, report}, 1ms);
    EXPECT_EQ(finding.state, CheckState::kFails);
    EXPECT_TRUE(finding.what.contains("250 of 330 packets lost")) << finding.what;
}

TEST(CheckWords, ThisMachineIsKnown) {
    for (const char* const host : {"localhost", "127.0.0.5", "::1", "a.localhost"})
        EXPECT_TRUE(is_this_machine(host)) << host;
    for (const char* const host : {"example.org", "192.0.2.1", "localhost.example"})
        EXPECT_FALSE(is_this_machine(host)) << host;
}

} // namespace
} // namespace vv::apps
