// Any sequence of events at the relay: clients over datagrams and streams, with
// and without the consent gate, who sign what they send; others who know no
// secret; peers; ports that cannot be bound or take their time; time itself.
// After each step what came out is held against a model (turn_model.h): nothing
// goes to or comes from a peer without a permission and, where it is gated,
// without consent; nobody has an allocation, or learns anything, without having
// proved a password that is good; quotas and rates hold, those of a user over all the allocations it makes one after
// the other; and once time has passed nothing is left.
//
// The input is records: a byte that says what, a byte with the size, the bytes.
#include "turn/server.h"
#include "turn_judge.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

using namespace vv;
using namespace vv::fuzz;
using namespace std::chrono_literals;
using stun::MessageBuilder;

namespace {

constexpr std::size_t kRecordsMax = 300;
/// Of no RFC, and passed over by who does not know it.
constexpr auto kDtls = static_cast<AttributeType>(0xC070);

class World : public Judge {
public:
    World() {
        sign(Method::kAllocate, &turn::test::TestClient::want_udp);
        VV_ASSERT(current().model.sockets.size() == 1);
    }

    void carry_out_record(std::uint8_t kind, ByteView bytes) {
        static constexpr std::array<void (World::*)(ByteReader), 17> kKinds{
            &World::client_sends_raw, &World::stranger_sends,
            &World::peer_sends_raw,   &World::sign_attributes,
            &World::pass_time,        &World::refuse_ports,
            &World::peer_fails,       &World::choose_client,
            &World::stream_sends,     &World::ask,
            &World::client_sends,     &World::peer_sends,
            &World::close_path,       &World::change_login,
            &World::delay_ports,      &World::send_many,
            &World::change_settings};
        (this->*kKinds.at(kind % kKinds.size()))(ByteReader(bytes));
        expect_consistent();
    }

private:
    // ---- records

    Client& current() { return clients_[current_]; }

    static ByteView rest(ByteReader& reader) { return reader.read_slice(reader.remaining()).value(); }

    void client_sends_raw(ByteReader reader) { handle(current(), rest(reader)); }

    void stranger_sends(ByteReader reader) {
        const turn::FiveTuple path{current().path.server, ClientAddress(at("[2600:6::7]:700"))};
        const ByteView bytes = rest(reader);
        expect_as_to_stranger(path, bytes, input(path, bytes));
        run_commands(nullptr);
    }

    // The first two bytes are the peer's port, the rest its payload.
    void peer_sends_raw(ByteReader reader) {
        const auto port = reader.read_u16();
        if (port) hear(current(), {IpAddress::v4(0x08080808), *port}, rest(reader));
    }

    // The first byte chooses the method; then attributes: type, size (one byte), value.
    void sign_attributes(ByteReader reader) {
        static constexpr std::array kMethods{Method::kAllocate, Method::kRefresh, Method::kCreatePermission,
                                             Method::kChannelBind};
        const auto method = kMethods.at(reader.read_u8().value_or(0) % kMethods.size());
        sign(method, [&](MessageBuilder& builder) {
            while (true) {
                const auto type = reader.read_u16();
                const auto size = reader.read_u8();
                if (!type || !size) return;
                builder.add(static_cast<AttributeType>(*type),
                            reader.read_slice(std::min<std::size_t>(*size, reader.remaining())).value_or(ByteView{}));
            }
        });
    }

    void pass_time(ByteReader reader) {
        const auto quarter = reader.read_u8();
        pass(std::chrono::seconds(quarter ? *quarter * 4 : 1));
    }

    void refuse_ports(ByteReader) { refuses_ports_ = !refuses_ports_; }

    // What ICMP says about a packet to a peer: its type, code and the peer's port.
    void peer_fails(ByteReader reader) {
        const auto type = reader.read_u8();
        const auto code = reader.read_u8();
        const auto port = reader.read_u16();
        if (!port || current().model.sockets.empty() || *type > stun::kIcmpTypeMax) return;
        const SocketAddress peer{IpAddress::v4(0x08080808), *port};
        const turn::Action action =
            server_.handle_peer_error(now_, *current().model.sockets.begin(), PeerAddress(peer), {*type, *code, 0});
        if (const auto* told = std::get_if<turn::ForwardToClient>(&action)) {
            VV_ASSERT(told->to == current().path && current().model.is_permitted(now_, peer.ip));
            VV_ASSERT(stun::parse_message(told->payload).has_value());
        } else {
            VV_ASSERT(std::holds_alternative<turn::Ignore>(action));
        }
        run_commands(nullptr);
    }

    void choose_client(ByteReader reader) { current_ = reader.read_u8().value_or(0) % clients_.size(); }

    // Bytes of a connection, in whatever pieces.
    void stream_sends(ByteReader reader) {
        if (!turn::is_stream(current().seat.transport)) return;
        ByteView bytes = rest(reader);
        while (true) {
            const bool known = server_.has_allocation(current().path);
            const auto frame =
                current().framer.poll_frame(bytes, known ? turn::kFrameSizeMax : turn::kStrangerFrameSizeMax);
            if (!frame) {
                reach(kBrokenStream);
                close_path(reader);
                return;
            }
            if (!*frame) return;
            const ByteBuffer copy((*frame)->begin(), (*frame)->end());
            handle(current(), copy);
        }
    }

    // What clients ask in a call: which request, which peer, which channel.
    void ask(ByteReader reader) {
        const std::uint8_t what = reader.read_u8().value_or(0) % 10;
        const SocketAddress peer = peer_at(reader.read_u8().value_or(0));
        const std::uint8_t number = reader.read_u8().value_or(0);
        const auto allocate = [&](AttributeType type, ByteView value) {
            sign(Method::kAllocate, [&](MessageBuilder& builder) {
                turn::test::TestClient::want_udp(builder);
                builder.add(type, value);
            });
        };
        constexpr std::array<std::uint8_t, 4> kIpv6{stun::kFamilyIpv6, 0, 0, 0};
        constexpr std::array<std::uint8_t, 1> kPair{0x80};
        switch (what) {
        case 0:
            sign(Method::kAllocate, &turn::test::TestClient::want_udp);
            break;
        case 1:
        case 2: // ends it
            sign(Method::kRefresh, [&](MessageBuilder& builder) {
                builder.add_u32(AttributeType::kLifetime, what == 2 ? 0U : number * 16U);
            });
            break;
        case 3:
            sign(Method::kCreatePermission, turn::test::TestClient::peer(peer));
            break;
        case 4:
            sign(Method::kChannelBind,
                 turn::test::TestClient::binding(static_cast<std::uint16_t>(0x4000 + number), peer));
            break;
        case 5:
            allocate(AttributeType::kAdditionalAddressFamily, kIpv6);
            break;
        case 6:
            allocate(AttributeType::kRequestedAddressFamily, kIpv6);
            break;
        case 7:
            allocate(AttributeType::kEvenPort, kPair);
            break;
        case 8:
            reach(kToken, spends_token([&] { allocate(AttributeType::kReservationToken, token_); }));
            break;
        default:
            sign(Method::kCreatePermission, [&](MessageBuilder& builder) {
                for (std::uint8_t i = 0; i < number; ++i)
                    builder.add_xor_address(AttributeType::kXorPeerAddress,
                                            peer_at(static_cast<std::uint8_t>(255 - i)));
            });
        }
    }

    // Whether it gave a client without an allocation the port that was kept with the token.
    template <typename Ask>
    bool spends_token(const Ask& ask_with_token) {
        const bool has_one = !current().model.sockets.empty();
        ask_with_token();
        return !has_one && !token_.empty() && current().model.sockets.contains(reserved_);
    }

    // To a peer: how, to whom, what.
    void client_sends(ByteReader reader) {
        const bool by_channel = reader.read_u8().value_or(0) % 2 == 1;
        const std::uint8_t whom = reader.read_u8().value_or(0);
        const std::uint8_t what = reader.read_u8().value_or(0);
        send(by_channel, whom, payload_for(current().heard, peer_at(whom), what, reader));
    }

    // The same, often; each check has an id of its own.
    void send_many(ByteReader reader) {
        const std::uint8_t count = reader.read_u8().value_or(0);
        const bool same_peer = reader.read_u8().value_or(0) % 2 == 0;
        const std::uint8_t whom = reader.read_u8().value_or(0);
        const std::uint8_t what = reader.read_u8().value_or(0);
        for (std::uint8_t i = 0; i < count; ++i) {
            const auto next = static_cast<std::uint8_t>(same_peer ? whom : whom + i);
            ByteReader again = reader;
            send(false, next, payload_for(current().heard, peer_at(next), what, again));
        }
    }

    // From a peer: who, what.
    void peer_sends(ByteReader reader) {
        const SocketAddress peer = peer_at(reader.read_u8().value_or(0));
        const std::uint8_t what = reader.read_u8().value_or(0);
        const auto last = current().sent.find(peer);
        if (what % 8 == 7 && last != current().sent.end()) {
            hear(current(), peer, ByteBuffer(last->second)); // an echo
        } else {
            hear(current(), peer, payload_for(current().checked, peer, what, reader));
        }
    }

    void close_path(ByteReader) {
        if (!turn::is_stream(current().seat.transport)) return;
        server_.handle_path_closed(now_, current().path);
        current().framer = {};
        run_commands(nullptr);
        VV_ASSERT(current().model.sockets.empty());
    }

    void change_login(ByteReader reader) {
        Client& client = current();
        const std::uint8_t how = reader.read_u8().value_or(0);
        turn::RestCredential login = client.credential(how % 2 == 1 ? wall_ - 1s : wall_ + 600s);
        if ((how & 2U) != 0) login.password.back() = login.password.back() == 'A' ? 'B' : 'A';
        client.signer.use(std::move(login));
        client.signer.integrity = (how & 4U) != 0 ? turn::Integrity::kSha256 : turn::Integrity::kSha1;
        client.signer.algorithm.reset();
        if ((how & 8U) != 0) client.signer.algorithm = turn::PasswordHash::kSha256;
        client.signer.hashes_name = (how & 16U) != 0;
        if ((how & 32U) != 0) client.signer.nonce.clear();
    }

    // Of what the driver was asked to open, later: each bit says whether it could.
    void delay_ports(ByteReader reader) {
        const auto how = reader.read_u8();
        if (!how) {
            delays_ports_ = !delays_ports_;
        } else {
            answer_openings((*how & 1U) != 0);
        }
    }

    // A reload: each bit changes what is there, told or denied.
    void change_settings(ByteReader reader) {
        const std::uint8_t what = reader.read_u8().value_or(0);
        Settings settings = settings_;
        settings.has_lenient ^= (what & 1U) != 0;
        settings.has_gated ^= (what & 2U) != 0;
        settings.has_user ^= (what & 4U) != 0;
        settings.tells_other_address ^= (what & 8U) != 0;
        settings.denies_eights ^= (what & 16U) != 0;
        settings.denies_nines ^= (what & 32U) != 0;
        const auto is_ended = [&](const Client& client) {
            return (settings.denies_eights && !settings_.denies_eights &&
                    client.model.is_permitted(now_, IpAddress::v4(0x08080808))) ||
                   (settings.denies_nines && !settings_.denies_nines &&
                    client.model.is_permitted(now_, IpAddress::v4(0x09090909)));
        };
        reach(kRevoked, std::ranges::any_of(clients_, is_ended));
        reload(settings);
    }

    // ---- clients and peers

    // asked: what an answer repeats. As ICE makes them, as a public STUN server does, or anything at all.
    ByteBuffer payload_for(const std::map<SocketAddress, stun::TransactionId>& asked, const SocketAddress& peer,
                           std::uint8_t what, ByteReader& reader) {
        const auto found = asked.find(peer);
        const stun::TransactionId id = found != asked.end() ? found->second : current().signer.new_id();
        ByteBuffer bytes;
        switch (what % 8) {
        case 0:
            for (const std::uint8_t byte : rest(reader))
                bytes.push_back(byte);
            break;
        case 1:
            MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, current().signer.new_id())
                .add_text(AttributeType::kUsername, "them:us")
                .add_message_integrity(kIceKey)
                .add_fingerprint();
            break;
        case 2:
            MessageBuilder(bytes, Method::kBinding, MessageClass::kSuccess, id)
                .add_message_integrity(kIceKey)
                .add_fingerprint();
            break;
        case 3:
            MessageBuilder(bytes, Method::kBinding, MessageClass::kError, id)
                .add_error_code(stun::ErrorCode::kRoleConflict)
                .add_message_integrity(kIceKey)
                .add_fingerprint();
            break;
        case 4:
            MessageBuilder(bytes, Method::kBinding, MessageClass::kSuccess, id).add_fingerprint();
            break;
        case 5:
            MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, current().signer.new_id());
            break;
        case 7: { // a check with DTLS in it, up to 16 KiB
            const ByteBuffer inside(std::size_t{64} * (reader.read_u8().value_or(255) + 1U), 22);
            MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, current().signer.new_id())
                .add_text(AttributeType::kUsername, "them:us")
                .add(kDtls, inside)
                .add_message_integrity(kIceKey)
                .add_fingerprint();
            break;
        }
        default: // RTP, and large
            bytes.assign(std::size_t{4} * (reader.read_u8().value_or(25) + 1U), 0x80);
        }
        return bytes;
    }

    void send(bool by_channel, std::uint8_t whom, const ByteBuffer& payload) {
        const auto channel = static_cast<std::uint16_t>(0x4000 + whom);
        handle(current(), by_channel ? turn::test::TestClient::channel_data(channel, payload)
                                     : current().signer.send_indication(peer_at(whom), payload));
    }

    void sign(Method method, const turn::test::TestClient::Fill& fill) {
        Client& client = current();
        if (client.signer.nonce.empty()) handle(current(), client.signer.bare_allocate());
        handle(current(), client.signer.request(method, fill));
    }
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

// Read by replay.cpp once the whole corpus has been through.
extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}
