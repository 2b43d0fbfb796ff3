// What tests of a shard's relay share: a secret, addresses that no other process
// uses, and how a client comes by an allocation.
#pragma once

#include "base/socket_address.h"
#include "net/clock.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "turn/config.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace vv::net {

constexpr std::string_view kTurnSecret = "a secret of the test";

/// For peers that need not consent.
inline std::vector<turn::Secret> turn_secrets() {
    return {{.bytes = crypto::SecretBytes(kTurnSecret), .consent = false}};
}

/// A loopback address that this process of a test has to itself, and so all relay ports there: several may run at once.
/// network: apart from other addresses of the same process; a few of the bits from 0x20 on.
inline IpAddress own_loopback(std::uint8_t network) {
    const auto pid = static_cast<std::uint32_t>(::getpid());
    const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(pid >> shift); };
    return IpAddress::v4({127, static_cast<std::uint8_t>(byte(16) | network), byte(8), byte(0)});
}

/// With a credential of its own.
inline turn::test::TestClient turn_client(std::uint64_t seed) {
    using namespace std::chrono_literals;
    return {seed,
            turn::make_rest_credential(as_bytes(kTurnSecret), wall_now() + 600s, 3600s, turn::CredentialClass::kCall,
                                       "leg" + std::to_string(seed)),
            "visavis"};
}

/// Learns a nonce and allocates; ask sends a request and gives its turn::test::Answer. Gives the relayed address.
template <typename Ask>
SocketAddress allocate(turn::test::TestClient& client, Ask ask,
                       const turn::test::TestClient::Fill& fill = turn::test::TestClient::want_udp) {
    client.nonce = ask(client.bare_allocate()).text(stun::AttributeType::kNonce);
    const turn::test::Answer answer = ask(client.request(stun::Method::kAllocate, fill));
    EXPECT_TRUE(answer.is_success()) << answer.error();
    return answer.address(stun::AttributeType::kXorRelayedAddress).value_or(SocketAddress{});
}

inline ByteBuffer binding_request() {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId());
    return bytes;
}

} // namespace vv::net
