#include "turn/relay_probe.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using State = RelayProbe::State;

class RelayProbeTest : public testing::Test {
protected:
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.secrets = {{.bytes = kSecret}};
        return config;
    }
    /// Carries datagrams back and forth until there are none.
    void exchange(RelayProbe& probe) {
        while (auto datagram = probe.poll_transmit()) {
            ++sent_;
            if (lose_ > 0) {
                --lose_;
                continue;
            }
            const auto answer = relay_.client_sends(path_, *datagram);
            if (answer) probe.handle_input(relay_.now, answer->bytes());
            for (const ToClient& out : std::exchange(relay_.to_clients, {}))
                if (!echo_lost_) probe.handle_input(relay_.now, out.datagram);
        }
    }
    void wait(RelayProbe& probe) {
        relay_.advance(*probe.poll_timeout() - relay_.now);
        probe.handle_timeout(relay_.now);
        exchange(probe);
    }

    TestRelay relay_{config()};
    SeededRng rng_{3};
    FiveTuple path_{at("11.0.0.1:3478"), ClientAddress(at("12.0.0.9:999"))};
    int lose_ = 0;
    int sent_ = 0;
    bool echo_lost_ = false;
};

TEST_F(RelayProbeTest, ARelayThatWorksIsFoundToAndLeftEmpty) {
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
    EXPECT_EQ(probe.poll_timeout(), std::nullopt);
    EXPECT_EQ(relay_.server.counters().packets_hairpinned, 1U) << "a packet has gone through it";
    EXPECT_EQ(relay_.server.counters().allocations_live, 0U);
    EXPECT_EQ(sent_, 5) << "challenge, allocate, bind, the packet, goodbye";
}

TEST_F(RelayProbeTest, LostDatagramsAreSentAgain) {
    lose_ = kProbeSendsMax - 1;
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    exchange(probe);
    while (probe.state() == State::kRunning)
        wait(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
}

TEST_F(RelayProbeTest, SilenceIsAFailure) {
    lose_ = 1000;
    const Instant begun = relay_.now;
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    exchange(probe);
    while (probe.state() == State::kRunning)
        wait(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
    EXPECT_EQ(probe.why(), "no answer");
    EXPECT_EQ(sent_, kProbeSendsMax);
    EXPECT_EQ(relay_.now - begun, kProbeResend * kProbeSendsMax);
}

TEST_F(RelayProbeTest, ARelayThatAnswersAndRelaysNothingIsFound) {
    echo_lost_ = true;
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    exchange(probe);
    while (probe.state() == State::kRunning)
        wait(probe);
    EXPECT_EQ(probe.why(), "nothing comes back through it");
    exchange(probe);
    EXPECT_EQ(relay_.server.counters().allocations_live, 0U) << "and is left empty all the same";
}

TEST_F(RelayProbeTest, AnotherSecretIsToldApart) {
    RestCredential wrong = probe_credential();
    wrong.password = rest_password(bytes_of("another secret"), wrong.username);
    RelayProbe probe(relay_.now, wrong, rng_);
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kFailed);
    EXPECT_EQ(probe.why(), "it does not know the secret");
}

TEST_F(RelayProbeTest, ARelayThatStopsSaysSo) {
    relay_.server.stop_allocating();
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    exchange(probe);
    EXPECT_EQ(probe.why(), "it is full or stopping");
}

TEST_F(RelayProbeTest, ForgedAnswersAreIgnored) {
    RelayProbe probe(relay_.now, probe_credential(), rng_);
    const auto first = probe.poll_transmit();
    ASSERT_TRUE(first);
    const auto challenge = relay_.client_sends(path_, *first);
    probe.handle_input(relay_.now, challenge->bytes());
    const auto allocate = probe.poll_transmit();
    ASSERT_TRUE(allocate);
    ByteBuffer forged;
    stun::MessageBuilder(forged, stun::Method::kAllocate, stun::MessageClass::kSuccess,
                         stun::parse_message(*allocate)->transaction_id())
        .add_xor_address(stun::AttributeType::kXorRelayedAddress, at("6.6.6.6:6"))
        .add_message_integrity(bytes_of("a guess"));
    probe.handle_input(relay_.now, forged);
    probe.handle_input(relay_.now, bytes_of("noise"));
    probe.handle_input(relay_.now, {});
    EXPECT_EQ(probe.poll_transmit(), std::nullopt);
    probe.handle_input(relay_.now, relay_.client_sends(path_, *allocate)->bytes());
    exchange(probe);
    EXPECT_EQ(probe.state(), State::kWorks) << probe.why();
}

} // namespace
} // namespace vv::turn::test
