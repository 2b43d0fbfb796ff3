// What is kept in memory of those a client sends to, which is the client's to choose.
#include "base/allocations_for_test.h"
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <variant>

#if defined(__SANITIZE_ADDRESS__)

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const ByteBuffer kData = bytes_of("attack");

class RelayMemory : public testing::TestWithParam<Transport> {
protected:
    explicit RelayMemory(const ServerConfig& config = test_config()) : relay_(config) {
        EXPECT_TRUE(mallory_.allocate().is_success());
    }

    TestRelay relay_;
    TestEndpoint mallory_{relay_, "12.0.0.1:1111", call_credential("NA"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayMemory, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// A permission is for every port of an address. Whatever is sent to them, and comes from them, is on its way and gone.
TEST_P(RelayMemory, EveryPortOfAPeerTakesNone) {
    ASSERT_TRUE(mallory_.permit(at("8.8.8.8:1")).is_success());
    std::size_t passed = 0;
    const auto exchange = [&](std::uint16_t port) {
        const SocketAddress peer{ip("8.8.8.8"), port};
        const ByteBuffer indication = mallory_.client().send_indication(peer, kData);
        relay_.advance(1ms); // within the rate of packets
        return allocations_of([&] {
            Server& server = relay_.server;
            const Action out = server.handle_client_input(relay_.now, relay_.wall, mallory_.path(), indication);
            if (std::holds_alternative<ForwardToPeer>(out)) ++passed;
            const Action in = server.handle_peer_input(relay_.now, mallory_.relay_socket(), PeerAddress(peer), kData);
            if (std::holds_alternative<ForwardToClient>(in)) ++passed;
        });
    };
    (void)exchange(1); // the first answer makes room for the others
    std::size_t taken = 0;
    for (unsigned port = 7; port <= 65'535; port += 8)
        taken += exchange(static_cast<std::uint16_t>(port));
    EXPECT_EQ(taken, 0U);
    EXPECT_EQ(passed, 2U * (1 + 8'192));
}

class RelayMemoryWithConsent : public RelayMemory {
protected:
    RelayMemoryWithConsent() : RelayMemory(config()) {}
    static ServerConfig config() {
        ServerConfig config = test_config();
        config.secrets = {{.bytes = kSecret}};
        return config;
    }
};

INSTANTIATE_TEST_SUITE_P(Over, RelayMemoryWithConsent,
                         testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

// Where peers must consent each port is a peer of its own, and of few anything is remembered.
TEST_P(RelayMemoryWithConsent, EveryPortOfAPeerTakesThatOfAFew) {
    ASSERT_TRUE(mallory_.permit(at("8.8.8.8:1")).is_success());
    ByteBuffer check;
    MessageBuilder(check, Method::kBinding, MessageClass::kRequest, mallory_.client().new_id())
        .add_text(AttributeType::kUsername, "them:us")
        .add_message_integrity(kData)
        .add_fingerprint();
    std::size_t passed = 0;
    const auto exchange = [&](unsigned first, unsigned last) {
        for (unsigned port = first; port <= last; port += 8) {
            const SocketAddress peer{ip("8.8.8.8"), static_cast<std::uint16_t>(port)};
            Server& server = relay_.server;
            const ByteBuffer indication = mallory_.client().send_indication(peer, check);
            const Action out = server.handle_client_input(relay_.now, relay_.wall, mallory_.path(), indication);
            if (std::holds_alternative<ForwardToPeer>(out)) ++passed;
            (void)server.handle_peer_input(relay_.now, mallory_.relay_socket(), PeerAddress(peer), check);
            relay_.advance(8ms);
        }
    };
    exchange(7, 8'191);
    const auto kept = bytes_kept_by([&] { exchange(8'199, 65'535); });
    EXPECT_LT(kept, 7'168) << "a byte for each of the others";
    EXPECT_GE(passed, kConsent.closed_peers);
    EXPECT_LE(passed, 4 * kConsent.closed_peers) << "in 66 seconds";
}

} // namespace
} // namespace vv::turn::test

#endif
