// Two connections over real sockets of this machine.
#include "net/clock.h"
#include "net/descriptors_for_test.h"
#include "net/os_rng.h"
#include "net/peer_host.h"
#include "net/socket.h"
#include "net/turn_server_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <variant>
#include <vector>

namespace vv::net {
namespace {

const IpAddress kLoopbackIp = IpAddress::parse("127.0.0.1").value();

// As a network does that forgets them: both ends hear that they are over.
void cut_streams_to(const SocketAddress& server) {
    constexpr int kDescriptorsMax = 1024;
    for (int fd = 0; fd < kDescriptorsMax; ++fd) {
        NativeAddress peer;
        if (::getpeername(fd, peer.pointer(), &peer.size) == 0 && peer.address() == server) ::shutdown(fd, SHUT_RDWR);
    }
}

// One end, and what it was told; candidates go to the other at once.
struct End {
    End(EventLoop& loop, PeerHost::Options options, Rng& rng)
        : host(loop, std::move(options), dtls::Certificate::make(wall_now()), rng,
               [this](const peer::Event& event) { note(event); }) {}

    void note(const peer::Event& event) {
        if (const auto* candidate = std::get_if<peer::Candidate>(&event)) {
            told.push_back(candidate->line);
            (void)other->host.connection().add_remote_candidate(other->host.now(), *candidate);
            other->host.flush();
        }
        if (const auto* message = std::get_if<peer::ChannelMessage>(&event))
            heard.emplace_back(as_text(message->payload));
        if (const auto* opened = std::get_if<peer::ChannelOpened>(&event)) channel = opened->id;
    }
    void say(std::string_view text) {
        ASSERT_TRUE(channel.has_value());
        EXPECT_TRUE(host.connection().send_text(host.now(), *channel, text).has_value());
        host.flush();
    }

    End* other = nullptr;
    std::optional<peer::ChannelId> channel;
    std::vector<std::string> heard;
    std::vector<std::string> told; // candidates, each a line; an empty one: there are no more
    PeerHost host;
};

struct PeerHostTest : testing::Test {
    void begin(const PeerHost::Options& options) {
        loop.run_once({});
        first.emplace(loop, options, rng);
        second.emplace(loop, options, rng);
        first->other = &*second;
        second->other = &*first;
        for (End* end : {&*first, &*second}) {
            end->host.connection().want_data();
            end->host.start();
        }
        auto& offering = first->host.connection();
        auto& answering = second->host.connection();
        ASSERT_TRUE(offering.open_channel(loop.now(), {.label = "chat"}).has_value());
        const auto offer = offering.make_offer(loop.now());
        ASSERT_TRUE(offer.has_value());
        ASSERT_TRUE(answering.take_offer(loop.now(), *offer).has_value());
        const auto answer = answering.make_answer(loop.now());
        ASSERT_TRUE(answer.has_value());
        ASSERT_TRUE(offering.take_answer(loop.now(), *answer).has_value());
        first->host.flush();
        second->host.flush();
    }
    void run_until(const std::function<bool()>& condition) {
        const Instant limit = monotonic_now() + 10s;
        while (!condition() && monotonic_now() < limit)
            loop.run_once(100ms);
        EXPECT_TRUE(condition());
    }
    void talk() {
        run_until([this] { return first->channel && second->channel; });
        first->say("there");
        second->say("and back");
        run_until([this] { return !first->heard.empty() && !second->heard.empty(); });
        EXPECT_EQ(first->heard, std::vector<std::string>{"and back"});
        EXPECT_EQ(second->heard, std::vector<std::string>{"there"});
    }

    EventLoop loop;
    OsRng rng;
    std::optional<End> first;
    std::optional<End> second;
};

TEST_F(PeerHostTest, TwoEndsTalkOverTheirSockets) {
    begin({.connection = {}, .relays = {}, .is_relay_only = false, .addresses = {kLoopbackIp}});
    talk();
    const auto path = first->host.connection().path();
    ASSERT_TRUE(path.has_value());
    EXPECT_NE(path->local, ice::CandidateType::kRelayed);
    first->host.connection().close(loop.now());
    first->host.flush();
    run_until([this] { return second->host.connection().state() == peer::State::kClosed; });
}

TEST_F(PeerHostTest, AnAddressThatGotNoSocketIsTriedAgain) {
    PeerHost::Options options;
    options.interfaces = [] { return std::vector{kLoopbackIp}; };
    options.expects_servers = true;
    loop.run_once({});
    first.emplace(loop, options, rng);
    End nobody(loop, options, rng);
    first->other = &nobody;
    first->host.connection().want_data();
    {
        const NoMoreDescriptors none;
        first->host.start();
    }
    ASSERT_TRUE(first->host.connection().make_offer(loop.now()));
    first->host.flush();
    EXPECT_TRUE(first->told.empty());
    EXPECT_TRUE(first->host.lacks_socket());
    first->host.look_again();
    EXPECT_FALSE(first->host.lacks_socket());
    ASSERT_EQ(first->told.size(), 1U);
    EXPECT_TRUE(first->told.front().contains(" 127.0.0.1 ")) << first->told.front();
    first->host.look_again();
    EXPECT_EQ(first->told.size(), 1U) << "one socket for each";
}

TEST_F(PeerHostTest, AddressesAreFollowedWithoutTellingBeforeTheFlush) {
    std::vector<IpAddress> there;
    PeerHost::Options options;
    options.interfaces = [&there] { return there; };
    options.expects_servers = true;
    loop.run_once({});
    first.emplace(loop, options, rng);
    End nobody(loop, options, rng);
    first->other = &nobody;
    first->host.connection().want_data();
    first->host.start();
    ASSERT_TRUE(first->host.connection().make_offer(loop.now()));
    first->host.flush();
    there = {kLoopbackIp};
    first->host.follow_addresses();
    EXPECT_TRUE(first->told.empty());
    first->host.flush();
    ASSERT_EQ(first->told.size(), 1U);
    EXPECT_TRUE(first->told.front().contains(" 127.0.0.1 ")) << first->told.front();
}

TEST_F(PeerHostTest, WhatAnAddressHadIsGivenBackWhenItGoes) {
    std::vector<IpAddress> there{kLoopbackIp};
    PeerHost::Options options;
    options.interfaces = [&there] { return there; };
    loop.run_once({});
    first.emplace(loop, options, rng);
    const auto count_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    first->host.start();
    loop.run_once({});
    const auto before = count_descriptors();
    for (int i = 0; i < 5; ++i) {
        there.clear();
        first->host.look_again();
        there = {kLoopbackIp};
        first->host.look_again();
        loop.run_once({}); // what was still on the stack is gone by then
    }
    EXPECT_EQ(count_descriptors(), before);
}

struct PeerHostRelayTest : PeerHostTest {
    [[nodiscard]] TurnLogin login(const std::string& leg = "leg1") const {
        auto credential = turn::make_rest_credential(as_bytes(kTurnSecret), wall_now() + 600s, 3600s,
                                                     turn::CredentialClass::kCall, leg);
        TurnLogin login;
        login.server = server.udp;
        login.username = credential.username;
        login.password = credential.password;
        return login;
    }
    [[nodiscard]] TurnLogin login_over_tcp() const {
        TurnLogin over_tcp = login();
        over_tcp.server = server.turn_only;
        over_tcp.transport = turn::Transport::kTcp;
        return over_tcp;
    }
    // A restart by the first end.
    void restart() {
        auto& offering = first->host.connection();
        const auto offer = offering.make_offer(loop.now(), peer::IceRestart::kYes);
        ASSERT_TRUE(offer.has_value());
        ASSERT_TRUE(second->host.connection().take_offer(loop.now(), *offer).has_value());
        const auto answer = second->host.connection().make_answer(loop.now());
        ASSERT_TRUE(answer.has_value());
        ASSERT_TRUE(offering.take_answer(loop.now(), *answer).has_value());
        first->host.flush();
        second->host.flush();
    }
    [[nodiscard]] static PeerHost::Options relay_only(std::vector<TurnLogin> relays) {
        return {.connection = {}, .relays = std::move(relays), .is_relay_only = true, .addresses = {}};
    }

    // The newest relayed address that an end has told.
    [[nodiscard]] static std::optional<SocketAddress> relayed_of(const End& end) {
        for (const std::string& line : std::views::reverse(end.told)) {
            const auto candidate = ice::parse_candidate(line);
            if (candidate && candidate->type == ice::CandidateType::kRelayed) return candidate->address;
        }
        return std::nullopt;
    }

    TurnServer server{{}};
};

TEST_F(PeerHostRelayTest, ARelayThatMayHaveForgottenThisEndIsAskedForOnceMore) {
    begin({.connection = {}, .relays = {login()}, .is_relay_only = false, .addresses = {kLoopbackIp}});
    talk();
    run_until([this] { return relayed_of(*first).has_value(); });
    const SocketAddress before = relayed_of(*first).value();
    ASSERT_NE(first->host.connection().path().value().local, ice::CandidateType::kRelayed);
    first->host.add_servers({}, {login()});
    first->host.add_servers({}, {login("leg2")});
    run_until([&] { return relayed_of(*first) != before; });
    EXPECT_TRUE(server.is_live(relayed_of(*first).value()));
    run_until([&] { return !server.is_live(before); });
    EXPECT_EQ(first->host.connection().state(), peer::State::kConnected);
}

TEST_F(PeerHostRelayTest, ARelayThatCarriesTheCallStays) {
    begin(relay_only({login()}));
    talk();
    const SocketAddress relayed = relayed_of(*first).value();
    first->host.add_servers({}, {login("leg2")});
    for (int i = 0; i < 5; ++i)
        loop.run_once(10ms);
    EXPECT_TRUE(server.is_live(relayed));
    EXPECT_EQ(relayed_of(*first), relayed);
    EXPECT_EQ(first->host.connection().state(), peer::State::kConnected);
}

TEST_F(PeerHostRelayTest, ARelayThatIsNotNamedAnyMoreIsNotAskedForAgain) {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    TurnLogin gone = login();
    gone.host = "relay.invalid";
    gone.resolve = [asked](const std::string&, std::uint16_t) {
        ++*asked;
        return std::vector<SocketAddress>();
    };
    begin(relay_only({gone, login()}));
    talk();
    run_until([this] { return !first->told.empty() && first->told.back().empty(); });
    const int before = *asked;
    first->host.add_servers({}, {login()});
    ASSERT_TRUE(first->host.connection().make_offer(loop.now(), peer::IceRestart::kYes));
    first->host.flush();
    for (int i = 0; i < 5; ++i)
        loop.run_once(10ms);
    EXPECT_EQ(*asked, before);
    EXPECT_EQ(first->told.size(), 3U) << "the relay stands in the offer, and nothing else is waited for";
    EXPECT_EQ(first->told.back(), "");
}

TEST_F(PeerHostRelayTest, TwoEndsThatMayUseTheRelayOnlyTalkThroughItAndTellNothingElse) {
    begin(relay_only({login()}));
    talk();
    const auto path = first->host.connection().path();
    ASSERT_TRUE(path.has_value());
    EXPECT_EQ(path->local, ice::CandidateType::kRelayed);
    EXPECT_EQ(path->remote, ice::CandidateType::kRelayed);
    for (const End* end : {&*first, &*second}) {
        ASSERT_EQ(end->told.size(), 2U);
        EXPECT_TRUE(end->told[0].contains(kRelayIp.to_string())) << end->told[0];
        EXPECT_TRUE(end->told[0].contains(" typ relay raddr 0.0.0.0 rport 0")) << end->told[0];
        EXPECT_EQ(end->told[1], "");
    }
}

TEST_F(PeerHostRelayTest, ARelayThatFailsAtOnceEndsNothingForTheOthers) {
    TurnLogin nowhere = login();
    nowhere.server = *SocketAddress::parse("[fe80::1]:3478"); // without a scope that leads nowhere
    begin(relay_only({nowhere, login()}));
    talk();
    ASSERT_EQ(first->told.size(), 2U);
    EXPECT_TRUE(first->told[0].contains(" typ relay ")) << first->told[0];
    EXPECT_EQ(first->told[1], "") << "the end of candidates comes behind all of them";
}

TEST_F(PeerHostRelayTest, ARelayOverAStreamServesWhereThatIsAllThereIsAndStandsBehindUdp) {
    begin(relay_only({login_over_tcp()}));
    talk();
    begin(relay_only({login_over_tcp(), login()}));
    talk();
    run_until([this] { return first->told.size() == 3U && second->told.size() == 3U; });
    // The path is the better pair once both are checked: of UDP at both ends.
    run_until([this] { return first->host.connection().ice().state() == ice::State::kCompleted; });
    const auto priority = [](const std::string& line) { return std::stoul(line.substr(line.find(" udp ") + 5)); };
    const auto path = first->host.connection().path().value();
    const std::string used = path.route.remote.to_string();
    const std::string port = " " + std::to_string(path.route.remote.port) + " ";
    unsigned long best = 0;
    unsigned long remote = 0;
    for (const std::string& line : second->told) {
        if (line.empty()) continue;
        best = std::max(best, priority(line));
        if (line.contains(port)) remote = priority(line);
    }
    EXPECT_EQ(remote, best) << used;
}

TEST_F(PeerHostRelayTest, ARelayWhoseStreamBrokeIsAskedForAnewAtTheNextRestart) {
    begin(relay_only({login_over_tcp()}));
    talk();
    const auto former = second->host.connection().path().value().route.remote;
    cut_streams_to(server.turn_only);
    run_until([&] { return !server.is_live(former); });
    // Both ends have heard of it once they have no path.
    run_until([this] { return !first->host.connection().path() && !second->host.connection().path(); });
    first->told.clear();
    second->told.clear();
    restart();
    run_until([this] { return first->host.connection().path() && second->host.connection().path(); });
    EXPECT_NE(second->host.connection().path().value().route.remote, former);
    first->heard.clear();
    second->heard.clear();
    talk();
    ASSERT_EQ(first->told.size(), 2U);
    EXPECT_TRUE(first->told[0].contains(" typ relay ")) << first->told[0];
    EXPECT_EQ(first->told[1], "") << "the end of candidates comes behind it";
}

TEST_F(PeerHostRelayTest, ANameInThisNetworkIsNotAskedForByWhoHides) {
    begin(relay_only({login()}));
    talk();
    const peer::Candidate named{.line = "candidate:1 1 udp 2122260223 hidden-behind-a-name.local 5000 typ host"};
    EXPECT_TRUE(first->host.connection().add_remote_candidate(loop.now(), named));
    first->host.flush();
    EXPECT_FALSE(first->host.asks_this_network());
}

TEST_F(PeerHostRelayTest, ARelayStaysForAsLongAsTheAddressItIsReachedFrom) {
    const IpAddress another = IpAddress::v4(0xC0000207); // 192.0.2.7
    std::vector<IpAddress> there{kLoopbackIp, another};
    PeerHost::Options options = relay_only({login()});
    options.interfaces = [&there] { return there; };
    begin(options);
    talk();
    const auto relayed = second->host.connection().path().value().route.remote;
    there = {kLoopbackIp};
    first->host.look_again();
    for (int i = 0; i < 5; ++i)
        loop.run_once(10ms);
    EXPECT_TRUE(server.is_live(relayed));
    EXPECT_EQ(first->host.connection().state(), peer::State::kConnected);
    EXPECT_EQ(first->told.size(), 2U) << "nothing else is asked for";

    there = {another};
    first->host.look_again();
    EXPECT_NE(first->host.connection().state(), peer::State::kConnected);
    run_until([this] { return first->told.size() > 2; });
    EXPECT_TRUE(first->told[2].contains(" typ relay ")) << first->told[2];
}

TEST_F(PeerHostRelayTest, TheRelayIsGivenBackAtTheEnd) {
    begin(relay_only({login()}));
    talk();
    const auto relayed = second->host.connection().path().value().route.remote;
    ASSERT_TRUE(server.is_live(relayed));
    first->host.connection().close(loop.now());
    first->host.flush();
    run_until([&] { return !server.is_live(relayed); });
    run_until([this] { return second->host.connection().state() == peer::State::kClosed; });
}

} // namespace
} // namespace vv::net
