// A relay tried by each transport, and the ways in which it may not work.
#include "net/clock.h"
#include "net/os_rng.h"
#include "net/silent_port_for_test.h"
#include "net/turn_server_for_test.h"
#include "net/turn_trial.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace vv::net {
namespace {

using Step = TurnTrial::Step;

// As servers give it to those who only want to try.
TurnLogin trial_login(turn::Transport transport, const TurnServer& server, std::string_view secret = kTurnSecret) {
    auto credential =
        turn::make_rest_credential(as_bytes(secret), wall_now() + 30s, 30s, turn::CredentialClass::kProbe, "leg1");
    TurnLogin login;
    login.server = transport == turn::Transport::kUdp   ? server.udp
                   : transport == turn::Transport::kTcp ? server.turn_only
                                                        : server.page;
    login.username = credential.username;
    login.password = credential.password;
    login.transport = transport;
    if (transport == turn::Transport::kTls) {
        login.trusted_pem = TestClient(server.page, true).certificate();
        login.host = "localhost";
        login.resolve = [place = server.page](const std::string&, std::uint16_t) { return std::vector{place}; };
    }
    return login;
}

struct TurnTrialTest : testing::TestWithParam<turn::Transport> {
    TurnTrial::Outcome outcome_of(const TurnLogin& login, Duration time_max = 5s) {
        loop.run_once({});
        std::optional<TurnTrial::Outcome> outcome;
        TurnTrial trial(loop, login, time_max, rng, [&](const TurnTrial::Outcome& one) { outcome = one; });
        const Instant give_up = monotonic_now() + 10s;
        while (!outcome && monotonic_now() < give_up)
            loop.run_once(100ms);
        EXPECT_TRUE(outcome.has_value());
        return outcome.value_or(TurnTrial::Outcome{});
    }

    EventLoop loop;
    OsRng rng;
};

INSTANTIATE_TEST_SUITE_P(Transports, TurnTrialTest,
                         testing::Values(turn::Transport::kUdp, turn::Transport::kTcp, turn::Transport::kTls));

TEST_P(TurnTrialTest, ARelayThatWorksDoes) {
    const TurnServer server({.tls = true});
    const auto outcome = outcome_of(trial_login(GetParam(), server));
    EXPECT_TRUE(outcome.works());
    EXPECT_GT(outcome.relay, Duration{});
    EXPECT_GT(outcome.round_trip, Duration{});
    EXPECT_FALSE(outcome.failure);
    EXPECT_FALSE(outcome.ended);
}

TEST_P(TurnTrialTest, ARelayOfAnotherSecretSaysSo) {
    const TurnServer server({.tls = true});
    const auto outcome = outcome_of(trial_login(GetParam(), server, "another secret"));
    EXPECT_EQ(outcome.step, Step::kRelay);
    ASSERT_TRUE(outcome.ended.has_value());
    EXPECT_EQ(outcome.ended->code, 401);
}

TEST_F(TurnTrialTest, NobodyThereIsTooSlowOrRefuses) {
    const SilentPort nobody;
    const TurnServer server({});
    TurnLogin login = trial_login(turn::Transport::kUdp, server);
    login.server = nobody.address();
    const auto silent = outcome_of(login, 300ms);
    EXPECT_FALSE(silent.failure);
    EXPECT_FALSE(silent.ended);
    EXPECT_EQ(silent.step, Step::kRelay);
    login.transport = turn::Transport::kTcp;
    const auto refused = outcome_of(login);
    ASSERT_TRUE(refused.failure.has_value());
    EXPECT_EQ(refused.failure->failure, FetchFailure::kNobodyAnswers);
}

} // namespace
} // namespace vv::net
