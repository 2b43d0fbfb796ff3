// Any sequence of datagrams at the relay: from a client that has an allocation and
// signs what it sends, from one that has nothing, from peers, with time passing.
// Whatever comes, nothing passes to or from a peer without a permission that the
// signed client was given and that has not run out, nothing leaves towards an
// address nobody may be relayed to, only the signed client holds ports and no more
// than its share, and once time has passed nothing is left.
//
// The input is records: a byte that says what, a byte with the size, the bytes.
#include "turn/server.h"
#include "turn/test_client.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

using namespace vv;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kRecordsMax = 300;
constexpr std::uint8_t kKinds = 7;
constexpr std::ptrdiff_t kPathsMax = 1; // the signed client has one, and nobody else knows a secret
const ByteBuffer kSecret{'s', 'e', 'c', 'r', 'e', 't'};
const IpAddress kRelay4 = IpAddress::v4(0x0B000001); // 11.0.0.1
constexpr std::string_view kRelay6 = "2600::1";

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

turn::ServerConfig config() {
    const auto relay6 = IpAddress::parse(kRelay6).value();
    turn::ServerConfig config;
    config.secrets = {{.bytes = kSecret, .consent = false}}; // what leaves for peers is to be reached
    config.nonce_key = {1, 2, 3};
    config.ipv4 = turn::RelayAddress{kRelay4, kRelay4};
    config.ipv6 = turn::RelayAddress{relay6, relay6};
    config.shard_ports = {50000, 50031};
    config.server_ports = {50000, 50063};
    config.challenges = {1'000'000, 1'000'000};
    config.quotas = {kPathsMax, kPathsMax, kPathsMax}; // an address of each family counts once
    return config;
}

// Written down a second time on purpose, and shorter than the server's own list: only what must never be reached.
bool is_forbidden(const IpAddress& peer) {
    static const std::vector<IpPrefix> blocks = [] {
        std::vector<IpPrefix> list;
        for (const auto* text :
             {"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
              "224.0.0.0/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"}) {
            list.push_back(IpPrefix::parse(text).value());
        }
        return list;
    }();
    return std::ranges::any_of(blocks, [&](const IpPrefix& block) { return block.contains(peer); });
}

class World {
public:
    World() {
        client_.nonce = challenge();
        sign(stun::Method::kAllocate, [](stun::MessageBuilder& builder) { turn::test::TestClient::want_udp(builder); });
        VV_ASSERT(open_.size() == 1);
    }

    void carry_out_record(std::uint8_t kind, ByteView bytes) {
        switch (kind % kKinds) {
        case 0:
            client_sends(path_, bytes);
            break;
        case 1:
            client_sends({path_.server, ClientAddress(at("[2600:5::7]:700"))}, bytes);
            break;
        case 2:
            peer_sends(bytes);
            break;
        case 3:
            sign_attributes(bytes);
            break;
        case 4:
            pass(std::chrono::seconds(bytes.empty() ? 1 : bytes[0] * 4));
            break;
        case 5:
            refuses_ports_ = !refuses_ports_;
            break;
        default:
            peer_fails(bytes);
            break;
        }
    }

    void expect_nothing_left() {
        pass(24h);
        VV_ASSERT(server_.is_empty() && open_.empty());
    }

private:
    std::string challenge() {
        const turn::Action action = server_.handle_client_input(now_, wall_, path_, client_.bare_allocate());
        const auto* reply = std::get_if<turn::Reply>(&action);
        VV_ASSERT(reply != nullptr);
        const auto message = stun::parse_message(reply->bytes);
        VV_ASSERT(message.has_value());
        return std::string(as_text(message->find(stun::AttributeType::kNonce).value()));
    }

    void client_sends(const turn::FiveTuple& path, ByteView bytes) {
        ByteBuffer copy(bytes.begin(), bytes.end());
        const turn::Action action = server_.handle_client_input(now_, wall_, path, copy);
        note_permissions(copy, action);
        check(action);
        run_commands();
    }

    // What a success means: these peers may be heard and spoken to for five minutes.
    void note_permissions(ByteView request, const turn::Action& action) {
        const auto* reply = std::get_if<turn::Reply>(&action);
        const auto asked = stun::parse_message(request);
        const auto answer = reply != nullptr ? stun::parse_message(reply->bytes) : asked;
        if (reply == nullptr || !asked || !answer) return;
        if (answer->message_class() != stun::MessageClass::kSuccess) return;
        if (asked->method() != stun::Method::kCreatePermission && asked->method() != stun::Method::kChannelBind) return;
        auto attributes = asked->attributes();
        while (const auto attribute = attributes.next()) {
            if (attribute->type != stun::AttributeType::kXorPeerAddress) continue;
            if (const auto peer = stun::parse_xor_address(attribute->value, asked->transaction_id())) {
                permitted_[peer->ip] = now_ + turn::kPermissionLifetime;
            }
        }
    }

    [[nodiscard]] bool is_permitted(const IpAddress& peer) const {
        const auto found = permitted_.find(peer);
        return found != permitted_.end() && found->second > now_;
    }

    // The first two bytes are the peer's port, the rest its payload.
    void peer_sends(ByteView bytes) {
        ByteReader reader(bytes);
        const auto port = reader.read_u16();
        if (!port || open_.empty()) return;
        const PeerAddress peer(SocketAddress{IpAddress::v4(0x08080808), *port});
        const turn::Action action = server_.handle_peer_input(now_, *open_.begin(), peer, bytes.subspan(2));
        VV_ASSERT(std::holds_alternative<turn::Ignore>(action) || is_permitted(peer.value().ip));
        check(action);
        run_commands();
    }

    // What ICMP says about a packet to a peer: its type, code and the peer's port.
    void peer_fails(ByteView bytes) {
        ByteReader reader(bytes);
        const auto type = reader.read_u8();
        const auto code = reader.read_u8();
        const auto port = reader.read_u16();
        if (!port || open_.empty() || *type > stun::kIcmpTypeMax) return;
        const PeerAddress peer(SocketAddress{IpAddress::v4(0x08080808), *port});
        const turn::Action action = server_.handle_peer_error(now_, *open_.begin(), peer, {*type, *code, 0});
        VV_ASSERT(std::holds_alternative<turn::Ignore>(action) || is_permitted(peer.value().ip));
        check(action);
        run_commands();
    }

    void sign(stun::Method method, const turn::test::TestClient::Fill& fill) {
        client_sends(path_, client_.request(method, fill));
    }

    // The first byte chooses the method; then attributes: type, size (one byte), value.
    void sign_attributes(ByteView bytes) {
        static constexpr std::array kMethods{stun::Method::kAllocate, stun::Method::kRefresh,
                                             stun::Method::kCreatePermission, stun::Method::kChannelBind};
        ByteReader reader(bytes);
        const auto method = kMethods[reader.read_u8().value_or(0) % kMethods.size()];
        sign(method, [&](stun::MessageBuilder& builder) {
            while (true) {
                const auto type = reader.read_u16();
                const auto size = reader.read_u8();
                if (!type || !size) return;
                builder.add(static_cast<stun::AttributeType>(*type),
                            reader.read_slice(std::min<std::size_t>(*size, reader.remaining())).value_or(ByteView{}));
            }
        });
    }

    void pass(std::chrono::seconds time) {
        now_ += time;
        wall_ += time;
        server_.handle_timeout(now_);
        run_commands();
    }

    void check(const turn::Action& action) {
        if (const auto* reply = std::get_if<turn::Reply>(&action)) {
            VV_ASSERT(stun::parse_message(reply->bytes).has_value());
        } else if (const auto* to_peer = std::get_if<turn::ForwardToPeer>(&action)) {
            VV_ASSERT(open_.contains(to_peer->from));
            VV_ASSERT(!is_forbidden(to_peer->to.value().ip));
            VV_ASSERT(is_permitted(to_peer->to.value().ip));
            touch(to_peer->payload);
        } else if (const auto* to_client = std::get_if<turn::ForwardToClient>(&action)) {
            VV_ASSERT(to_client->to == path_);
            touch(to_client->header.view());
            touch(to_client->payload);
            touch(to_client->padding);
        }
    }

    // Reads every byte, so that a span that points astray is found.
    void touch(ByteView bytes) {
        for (const std::uint8_t byte : bytes)
            touched_ = static_cast<std::uint8_t>(touched_ ^ byte);
    }

    void run_commands() {
        while (const auto command = server_.poll_command()) {
            if (const auto* open = std::get_if<turn::OpenRelayPort>(&*command)) {
                if (refuses_ports_) {
                    server_.handle_relay_port_failed(now_, open->relay);
                } else {
                    VV_ASSERT(open_.insert(open->relay).second);
                    VV_ASSERT(std::ranges::count(open_, open->relay.family, &turn::RelaySocket::family) <= kPathsMax);
                    server_.handle_relay_port_opened(now_, open->relay);
                }
            } else if (const auto* close = std::get_if<turn::CloseRelayPort>(&*command)) {
                VV_ASSERT(open_.erase(close->relay) == 1 || refuses_ports_);
            } else {
                VV_ASSERT(stun::parse_message(std::get<turn::SendToClient>(*command).bytes).has_value());
            }
        }
    }

    Instant now_{1h};
    WallTime wall_{1'800'000'000s};
    SeededRng rng_{42};
    turn::Server server_{config(), rng_};
    turn::FiveTuple path_{at("11.0.0.1:3478"), ClientAddress(at("9.0.0.7:700"))};
    turn::test::TestClient client_{
        5, turn::make_rest_credential(kSecret, WallTime(1'800'003'600s), 3600s, turn::CredentialClass::kCall, "leg"),
        "visavis"};
    std::set<turn::RelaySocket> open_;
    std::map<IpAddress, Instant> permitted_;
    bool refuses_ports_ = false;
    volatile std::uint8_t touched_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    ByteReader reader({data, size});
    for (std::size_t i = 0; i < kRecordsMax; ++i) {
        const auto kind = reader.read_u8();
        const auto length = reader.read_u8();
        if (!kind || !length) break;
        world.carry_out_record(
            *kind, reader.read_slice(std::min<std::size_t>(*length, reader.remaining())).value_or(ByteView{}));
    }
    world.expect_nothing_left();
    return 0;
}
