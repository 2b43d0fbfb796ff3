// A relay machine with a driver that binds every port at once, for tests: what
// the machine decides comes back as values that own their bytes.
#pragma once

#include "base/rng.h"
#include "turn/server.h"
#include "turn/test_client.h"
#include "turn/test_peers.h"

#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vv::turn::test {

inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}
inline ByteBuffer bytes_of(std::string_view text) {
    return {as_bytes(text).begin(), as_bytes(text).end()};
}

inline const ByteBuffer kSecret = bytes_of("a secret of the tests");
inline constexpr std::string_view kRealm = "visavis";
inline constexpr PeerLimits kPeers{};
inline constexpr ConsentLimits kConsent{};
inline const WallTime kStart{WallClock::duration(1'767'225'600)};

inline ServerConfig test_config() {
    ServerConfig config;
    config.realm = kRealm;
    // Most tests are about what happens to any packet; those of the gate (server_consent_test) have it on.
    config.secrets = {{.bytes = kSecret, .consent = false}};
    config.nonce_key = {1, 2, 3};
    config.ipv4 = RelayAddress{ip("11.0.0.1"), ip("11.0.0.1")};
    config.ipv6 = RelayAddress{ip("2600::1"), ip("2600::1")};
    config.challenges = {1'000'000, 1'000'000};
    return config;
}

struct ToPeer {
    RelaySocket from;
    SocketAddress to;
    ByteBuffer payload;
    bool dont_fragment = false;
};
struct ToRelay {
    RelaySocket from;
    RelaySocket to;
    ByteBuffer payload;
};
struct ToClient {
    FiveTuple to;
    ByteBuffer datagram;
};

class TestRelay {
    SeededRng rng_{42}; // before the server, which keeps a reference

public:
    explicit TestRelay(ServerConfig config = test_config(), QuotaKeeper* quota = nullptr,
                       ReservationKeeper* reservations = nullptr, StrangerKeeper* strangers = nullptr,
                       std::pmr::memory_resource& memory = *std::pmr::get_default_resource())
        : server(std::move(config), rng_, quota, reservations, strangers, memory) {}

    Server server;
    Instant now{std::chrono::hours(1)};
    WallTime wall = kStart;
    /// Relay sockets the machine wants open.
    std::set<RelaySocket> open;
    /// Ports that cannot be bound.
    std::set<std::uint16_t> taken;
    bool binds_nothing = false;
    /// Families in which none can be.
    std::set<AddressFamily> unbindable;
    std::vector<ToPeer> to_peers;
    /// Handed to other machines.
    std::vector<ToRelay> to_relays;
    std::vector<ToClient> to_clients;
    /// Whom the log would name.
    std::vector<AuthRefused> refused;
    /// Answers that came as commands.
    std::map<FiveTuple, std::vector<Answer>> late_answers;

    /// What the client at that path hears at once, if anything.
    std::optional<Answer> client_sends(const FiveTuple& path, ByteView datagram) {
        late_answers.clear();
        auto answer = carry_out(server.handle_client_input(now, wall, path, datagram));
        run_commands();
        const auto late = late_answers.find(path);
        if (!answer && late != late_answers.end()) answer = late->second.front();
        return answer;
    }
    void peer_sends(RelaySocket relay, const SocketAddress& peer, ByteView payload) {
        (void)carry_out(server.handle_peer_input(now, relay, PeerAddress(peer), payload));
        run_commands();
    }
    void peer_fails(RelaySocket relay, const SocketAddress& peer, const stun::IcmpValue& icmp) {
        (void)carry_out(server.handle_peer_error(now, relay, PeerAddress(peer), icmp));
        run_commands();
    }
    void advance(Duration duration) {
        now += duration;
        wall += std::chrono::duration_cast<WallClock::duration>(duration);
        server.handle_timeout(now);
        run_commands();
    }
    void run_commands() {
        while (auto command = server.poll_command())
            std::visit([this](auto& c) { run(c); }, *command);
    }

private:
    std::optional<Answer> carry_out(const Action& action) {
        if (const auto* reply = std::get_if<Reply>(&action)) return Answer(reply->bytes);
        if (const auto* out = std::get_if<ForwardToPeer>(&action)) {
            to_peers.push_back(
                {out->from, out->to.value(), {out->payload.begin(), out->payload.end()}, out->dont_fragment});
        }
        if (const auto* across = std::get_if<ForwardToRelay>(&action)) {
            to_relays.push_back({across->from, across->to, {across->payload.begin(), across->payload.end()}});
        }
        if (const auto* in = std::get_if<ForwardToClient>(&action)) {
            ByteBuffer datagram(in->header.view().begin(), in->header.view().end());
            datagram.insert(datagram.end(), in->payload.begin(), in->payload.end());
            datagram.insert(datagram.end(), in->padding.begin(), in->padding.end());
            to_clients.push_back({in->to, std::move(datagram)});
        }
        return std::nullopt;
    }
    void run(const OpenRelayPort& command) {
        if (binds_nothing || taken.contains(command.relay.port.value()) || unbindable.contains(command.relay.family)) {
            server.handle_relay_port_failed(now, command.relay);
        } else {
            EXPECT_TRUE(open.insert(command.relay).second) << "a port was opened twice";
            server.handle_relay_port_opened(now, command.relay);
        }
    }
    void run(const CloseRelayPort& command) {
        EXPECT_EQ(open.erase(command.relay), 1U) << "a port was closed that was not open";
    }
    void run(const AuthRefused& command) { refused.push_back(command); }
    void run(SendToClient& command) { late_answers[command.to].emplace_back(command.bytes); }
};

/// For the names of tests over each.
inline std::string name_of(Transport transport) {
    switch (transport) {
    case Transport::kUdp:
        return "Udp";
    case Transport::kTcp:
        return "Tcp";
    case Transport::kTls:
        return "Tls";
    }
    return {};
}

/// One client on one path of a TestRelay.
class TestEndpoint {
public:
    TestEndpoint(TestRelay& relay, std::string_view address, RestCredential credential,
                 Transport transport = Transport::kUdp)
        : relay_(relay),
          path_{server_side(address), ClientAddress(at(address)), transport},
          client_(std::hash<std::string_view>{}(address), std::move(credential), std::string(kRealm)) {}

    [[nodiscard]] const FiveTuple& path() const { return path_; }
    [[nodiscard]] TestClient& client() { return client_; }
    [[nodiscard]] RelaySocket relay_socket() const { return relay_socket_; }
    [[nodiscard]] const SocketAddress& relayed() const { return relayed_; }

    std::optional<Answer> send(ByteView datagram) { return relay_.client_sends(path_, datagram); }
    /// Fetches a nonce first if there is none, or a new one after 438.
    Answer ask(stun::Method method, const TestClient::Fill& fill) {
        if (client_.nonce.empty()) learn_nonce();
        auto answer = send(client_.request(method, fill));
        if (answer && answer->error() == 438) {
            client_.nonce = answer->text(stun::AttributeType::kNonce);
            answer = send(client_.request(method, fill));
        }
        EXPECT_TRUE(answer.has_value()) << "no answer to a request";
        return answer ? *answer : Answer(ByteView{});
    }
    void learn_nonce() {
        const auto answer = send(client_.bare_allocate());
        ASSERT_TRUE(answer.has_value());
        client_.nonce = answer->text(stun::AttributeType::kNonce);
    }
    Answer allocate(AddressFamily family = AddressFamily::kIpv4) {
        return allocate([&](stun::MessageBuilder& builder) {
            TestClient::want_udp(builder);
            if (family == AddressFamily::kIpv6) {
                builder.add_u8_padded(stun::AttributeType::kRequestedAddressFamily, stun::kFamilyIpv6);
            }
        });
    }
    Answer allocate(const TestClient::Fill& fill) {
        Answer answer = ask(stun::Method::kAllocate, fill);
        if (const auto relayed = answer.address(stun::AttributeType::kXorRelayedAddress)) {
            relayed_ = *relayed;
            relay_socket_ = {relayed->ip.family(), RelayPort(relayed->port)};
        }
        return answer;
    }
    Answer permit(const SocketAddress& peer) { return ask(stun::Method::kCreatePermission, TestClient::peer(peer)); }
    Answer bind(std::uint16_t channel, const SocketAddress& peer) {
        return ask(stun::Method::kChannelBind, TestClient::binding(channel, peer));
    }
    Answer refresh(std::uint32_t seconds) {
        return ask(stun::Method::kRefresh,
                   [&](stun::MessageBuilder& builder) { builder.add_u32(stun::AttributeType::kLifetime, seconds); });
    }

private:
    static SocketAddress server_side(std::string_view client) {
        return client.starts_with('[') ? at("[2600::1]:3478") : at("11.0.0.1:3478");
    }

    TestRelay& relay_;
    FiveTuple path_;
    TestClient client_;
    RelaySocket relay_socket_;
    SocketAddress relayed_;
};

inline RestCredential call_credential(std::string_view leg = "bGVn", std::chrono::seconds cap = std::chrono::hours(2)) {
    return make_rest_credential(kSecret, kStart + std::chrono::minutes(10), cap, CredentialClass::kCall, leg);
}
inline RestCredential probe_credential(std::string_view leg = "cHJvYmU") {
    return make_rest_credential(kSecret, kStart + std::chrono::seconds(30), std::chrono::seconds(30),
                                CredentialClass::kProbe, leg);
}

} // namespace vv::turn::test
