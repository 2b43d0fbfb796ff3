// One socket that asks several servers, of which each says what it pleases.
#include "net/clock.h"
#include "net/os_rng.h"
#include "net/socket.h"
#include "net/stun_trial.h"
#include "stun/attributes.h"
#include "stun/builder.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

// Answers on the test's own loop, from the n-th request on.
class FakeServer final : EventHandler {
public:
    explicit FakeServer(EventLoop& loop) : loop_(loop) { EXPECT_TRUE(loop.watch(fd_.value(), EPOLLIN, *this)); }
    ~FakeServer() { loop_.unwatch(fd_.value(), *this); }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    [[nodiscard]] SocketAddress address() const { return local_address(fd_.value()); }

    std::optional<SocketAddress> mapped; // nothing: as the client is seen
    std::optional<SocketAddress> other;
    int deaf = 0; // to so many requests
    std::uint16_t error = 0;
    int asked = 0;

private:
    void handle_ready(std::uint32_t /*events*/) override {
        std::array<std::uint8_t, 1000> buffer{};
        NativeAddress from;
        const ssize_t size = ::recvfrom(fd_.value(), buffer.data(), buffer.size(), 0, from.pointer(), &from.size);
        ASSERT_GT(size, 0);
        const auto request = stun::parse_message(ByteView(buffer).first(static_cast<std::size_t>(size)));
        ASSERT_TRUE(request.has_value());
        if (++asked <= deaf) return;
        ByteBuffer answer;
        if (error != 0) {
            stun::MessageBuilder(answer, stun::Method::kBinding, stun::MessageClass::kError, request->transaction_id())
                .add_error_code(static_cast<stun::ErrorCode>(error));
            ::sendto(fd_.value(), answer.data(), answer.size(), 0, from.pointer(), from.size);
            return;
        }
        stun::MessageBuilder builder(answer, stun::Method::kBinding, stun::MessageClass::kSuccess,
                                     request->transaction_id());
        builder.add_xor_address(stun::AttributeType::kXorMappedAddress, mapped.value_or(from.address()));
        if (other) builder.add_address(stun::AttributeType::kOtherAddress, *other);
        ::sendto(fd_.value(), answer.data(), answer.size(), 0, from.pointer(), from.size);
    }

    EventLoop& loop_;
    const UniqueFd fd_{bind_udp(*SocketAddress::parse("127.0.0.1:0"), false)};
};

struct StunTrialTest : testing::Test {
    StunTrial::Outcome outcome_of(const std::vector<StunTrial::Server>& servers, Duration time_max = 5s) {
        loop.run_once({});
        std::optional<StunTrial::Outcome> outcome;
        StunTrial trial(loop, servers, time_max, rng, [&](StunTrial::Outcome one) { outcome = std::move(one); });
        const Instant give_up = monotonic_now() + 10s;
        while (!outcome && monotonic_now() < give_up)
            loop.run_once(100ms);
        EXPECT_TRUE(outcome.has_value());
        return outcome.value_or(StunTrial::Outcome{});
    }

    EventLoop loop;
    OsRng rng;
    FakeServer first{loop};
    FakeServer second{loop};
};

TEST_F(StunTrialTest, EachSaysHowTheOneSocketIsSeen) {
    second.mapped = *SocketAddress::parse("192.0.2.1:7000");
    const auto outcome = outcome_of({{first.address()}, {second.address()}});
    ASSERT_EQ(outcome.seen.size(), 2U);
    EXPECT_EQ(outcome.seen[0].mapped, outcome.seen[0].local) << "there is nobody in between";
    EXPECT_EQ(outcome.seen[1].mapped, second.mapped);
    EXPECT_TRUE(outcome.has_way);
    EXPECT_GT(outcome.seen[0].round_trip, Duration{});
}

TEST_F(StunTrialTest, WhatIsLostIsSentAgain) {
    first.deaf = 2;
    const auto outcome = outcome_of({{first.address()}});
    EXPECT_TRUE(outcome.seen.at(0).mapped.has_value());
    EXPECT_EQ(first.asked, 3);
}

TEST_F(StunTrialTest, ARefusalIsAnAnswer) {
    first.error = 420;
    const Instant before = monotonic_now();
    const auto outcome = outcome_of({{first.address()}});
    EXPECT_LT(monotonic_now() - before, 3s);
    EXPECT_FALSE(outcome.seen.at(0).mapped.has_value());
    EXPECT_EQ(outcome.seen.at(0).refused, 420);
}

TEST_F(StunTrialTest, TheOtherAddressOfAServerIsAskedToo) {
    first.other = second.address();
    const auto outcome = outcome_of({{first.address()}});
    ASSERT_EQ(outcome.seen.size(), 2U);
    EXPECT_EQ(outcome.seen[1].server.address, second.address());
    EXPECT_TRUE(outcome.seen[1].mapped.has_value());
}

TEST_F(StunTrialTest, WhoNeedNotAnswerIsNotWaitedForAndWhoMustIsInItsTime) {
    second.deaf = 1000;
    Instant before = monotonic_now();
    auto outcome = outcome_of({{first.address()}, {second.address(), false}});
    EXPECT_LT(monotonic_now() - before, 3s);
    EXPECT_FALSE(outcome.seen.at(1).mapped.has_value());
    before = monotonic_now();
    outcome = outcome_of({{first.address()}, {second.address(), true}}, 700ms);
    EXPECT_GE(monotonic_now() - before, 700ms);
    EXPECT_TRUE(outcome.seen.at(0).mapped.has_value());
    EXPECT_FALSE(outcome.seen.at(1).mapped.has_value());
}

TEST_F(StunTrialTest, WhereNoWayLeadsNobodyIsWaitedFor) {
    // An address of one link leads nowhere where the link is not told.
    const Instant before = monotonic_now();
    const auto outcome = outcome_of({{*SocketAddress::parse("[fe80::1]:3478")}});
    EXPECT_LT(monotonic_now() - before, 3s);
    EXPECT_FALSE(outcome.has_way);
    ASSERT_EQ(outcome.seen.size(), 1U);
    EXPECT_FALSE(outcome.seen[0].mapped.has_value());
}

TEST_F(StunTrialTest, WhereNobodyIsToBeAskedThereIsNoAnswer) {
    const auto outcome = outcome_of({});
    EXPECT_TRUE(outcome.seen.empty());
    EXPECT_FALSE(outcome.has_way);
}

} // namespace
} // namespace vv::net
