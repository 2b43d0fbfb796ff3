#include "ice/consent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vv::ice {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};
const SocketAddress kRemote = SocketAddress::parse("192.0.2.2:2").value();
const Route kRoute{TransportId(1), kRemote};
const CredentialPair kBetween{{"left", "password of the left end"}, {"right", "password of the right end"}};
constexpr Role kRole{true, 1};

class ConsentTest : public testing::Test {
protected:
    /// Moves time to the next request; nothing once it has expired.
    std::optional<Transmit> next_request() {
        while (const auto deadline = consent_.poll_timeout()) {
            now_ = std::max(now_, *deadline);
            consent_.handle_timeout(now_);
            if (auto out = consent_.poll_transmit(kRole)) return out;
        }
        return std::nullopt;
    }
    bool answer(const Transmit& request, const Route& route = kRoute, const Credentials& by = kBetween.remote) {
        const auto id = stun::parse_message(request.payload)->transaction_id();
        const ByteBuffer bytes = write_check_answer(id, kRemote, by.key());
        return consent_.handle_answer(now_, route, stun::parse_message(bytes).value());
    }

    SeededRng rng_{1};
    Instant now_ = kStart;
    Consent consent_{kStart, kStart, {kRoute, kBetween, 77}, rng_};
};

// RFC 7675 §5.1: five seconds, give or take a fifth, and by chance.
TEST_F(ConsentTest, IsAskedForAtIntervalsThatVary) {
    std::vector<Duration> intervals;
    for (int i = 0; i < 200; ++i) {
        const Instant before = now_;
        const auto request = next_request();
        ASSERT_TRUE(request);
        intervals.push_back(now_ - before);
        answer(*request);
    }
    const auto [least, most] = std::ranges::minmax(intervals);
    EXPECT_GE(least, 4s);
    EXPECT_LE(most, 6s);
    EXPECT_GT(most - least, 1500ms);
}

TEST_F(ConsentTest, IsAskedForEverySecondWhileNoAnswerComes) {
    (void)next_request();
    for (int i = 0; i < 20; ++i) {
        const Instant before = now_;
        ASSERT_TRUE(next_request());
        EXPECT_GE(now_ - before, 800ms);
        EXPECT_LE(now_ - before, 1200ms);
    }
}

TEST_F(ConsentTest, AskedLikeACheckEachTimeAnew) {
    const auto first = next_request();
    answer(*first);
    const auto second = next_request();
    const auto message = stun::parse_message(second->payload);
    EXPECT_NE(message->transaction_id(), stun::parse_message(first->payload)->transaction_id());
    EXPECT_TRUE(is_authentic(*message, kBetween.remote.key()));
    const auto check = parse_check(*message);
    EXPECT_EQ(check->priority, 77U);
    EXPECT_EQ(check->role, kRole);
    EXPECT_FALSE(check->use_candidate);
}

TEST_F(ConsentTest, ExpiresThirtySecondsAfterTheLastAnswer) {
    const auto first = next_request();
    now_ += 100ms;
    ASSERT_TRUE(answer(*first));
    EXPECT_EQ(consent_.round_trip(), 100ms);
    const Instant last = now_;
    while (next_request()) {
    }
    EXPECT_TRUE(consent_.has_expired());
    EXPECT_EQ(now_, last + kConsentTimeout);
    EXPECT_EQ(consent_.poll_timeout(), std::nullopt);
}

TEST_F(ConsentTest, AnExpiredOneDoesNotComeBack) {
    std::optional<Transmit> last;
    while (auto request = next_request())
        last = std::move(request);
    EXPECT_TRUE(answer(*last));
    EXPECT_TRUE(consent_.has_expired());
    EXPECT_EQ(consent_.poll_transmit(kRole), std::nullopt);
}

TEST_F(ConsentTest, AnAnswerThatComesTooLateDoesNotRenewItEvenIfNobodyHasLookedAtTheTime) {
    const auto request = next_request();
    now_ = kStart + kConsentTimeout;
    EXPECT_TRUE(answer(*request));
    EXPECT_EQ(consent_.granted_at(), kStart);
    consent_.handle_timeout(now_);
    EXPECT_TRUE(consent_.has_expired());
}

TEST_F(ConsentTest, OfManyRequestsTheOldestAnswerDoesNotCountAnyMore) {
    const auto first = next_request();
    const auto second = next_request();
    for (std::size_t i = 2; i <= kConsentRequestsMax; ++i)
        ASSERT_TRUE(next_request());
    EXPECT_FALSE(answer(*first));
    EXPECT_TRUE(answer(*second));
    EXPECT_EQ(consent_.granted_at(), now_);
}

TEST_F(ConsentTest, OnlyTheOtherEndCanGiveItAndOnlyOnThisRoute) {
    const auto request = next_request();
    EXPECT_FALSE(answer(*request, {TransportId(2), kRemote}));
    EXPECT_FALSE(answer(*request, {TransportId(1), SocketAddress::parse("192.0.2.3:2").value()}));
    EXPECT_TRUE(answer(*request, kRoute, kBetween.local)) << "its own, but under a wrong key";
    EXPECT_EQ(consent_.granted_at(), kStart);
    EXPECT_TRUE(answer(*request));
    EXPECT_EQ(consent_.granted_at(), now_);
    EXPECT_FALSE(answer(*request)) << "an answer counts once";
}

TEST_F(ConsentTest, ALateAnswerToAnEarlierRequestCounts) {
    const auto first = next_request();
    (void)next_request();
    (void)next_request();
    EXPECT_TRUE(answer(*first));
    EXPECT_EQ(consent_.granted_at(), now_);
}

TEST_F(ConsentTest, IsSilentUntilAnythingComes) {
    now_ += kSilenceMax - 1ns;
    consent_.handle_timeout(now_);
    EXPECT_FALSE(consent_.is_silent());
    now_ += 1ns;
    consent_.handle_timeout(now_);
    EXPECT_TRUE(consent_.is_silent());
    consent_.handle_sign_of_life(now_);
    EXPECT_FALSE(consent_.is_silent());
    EXPECT_FALSE(consent_.has_expired());
}

TEST_F(ConsentTest, APairThatWasValidForAWhileIsAskedAtOnce) {
    Consent old(kStart + 20s, kStart, {kRoute, kBetween, 77}, rng_);
    old.handle_timeout(kStart + 20s);
    EXPECT_TRUE(old.poll_transmit(kRole));
}

TEST_F(ConsentTest, WhatAPairAnsweredTooLongAgoIsNoConsent) {
    Consent old(kStart + 60s, kStart, {kRoute, kBetween, 77}, rng_);
    EXPECT_EQ(old.poll_timeout(), kStart + kConsentTimeout);
    old.handle_timeout(kStart + 60s);
    EXPECT_TRUE(old.has_expired());
    EXPECT_FALSE(old.poll_transmit(kRole));
}

} // namespace
} // namespace vv::ice
