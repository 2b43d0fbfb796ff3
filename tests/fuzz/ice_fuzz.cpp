// An ICE agent against a peer, strangers and a STUN server that do whatever the
// input says, and time that passes as it says. The peer knows the credentials, so
// that what it sends is believed. After each step the agent is held against a few
// laws: it sends nothing without a reason that has an end, it takes data only from
// a pair that was proven, it uses a path only while its consent is fresh, and it
// never asks to be woken without end.
//
// The input is records: a byte that says what, a byte with the size, the bytes.
#include "ice/agent.h"
#include "ice/limits.h"
#include "stun/binding_server.h"
#include "stun/builder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace vv;
using namespace std::chrono_literals;
using stun::AttributeType;

namespace {

constexpr std::size_t kRecordsMax = 300;
constexpr std::uint8_t kTransportsTried = 20;
/// What one step may make the agent say: an answer for each it may owe, a request for each check and probe.
constexpr std::size_t kSentMax =
    2 * ice::kAnswersMax + ice::kChecksMax + 2 + ice::kTransportsMax * ice::kStunServersMax;

struct Reached {
    const char* what = "";
    bool yes = false;
};
enum What : std::size_t {
    kWasConnected,
    kWasCompleted,
    kWasDisconnected,
    kWasFailed,
    kOldPathCarried,
    kChangedRole,
    kEarly,
    kNamed,
    kReflexive,
    kPeerShown,
    kViaRelay,
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): over all inputs
std::array<Reached, 11> g_reached{Reached{"a path"},
                                  {"a nominated path"},
                                  {"silence"},
                                  {"the end of consent"},
                                  {"a restart under which the old path carries"},
                                  {"a change of roles"},
                                  {"early data"},
                                  {"a name"},
                                  {"a server-reflexive candidate"},
                                  {"a peer-reflexive candidate"},
                                  {"a path through a relay"}};
void reach(What what, bool yes = true) {
    g_reached.at(what).yes = g_reached.at(what).yes || yes;
}

const SocketAddress kServer{IpAddress::v4(0xC0000235), 3478};
const ice::Credentials kStrange{"evil", "0123456789012345678901"};

ice::Credentials credentials(std::uint8_t number) {
    return {"peer" + std::to_string(number % 3), "password" + std::to_string(number % 3) + "+padding+padding"};
}

class World {
public:
    void carry_out_record(std::uint8_t kind, ByteView bytes) {
        static constexpr std::array<void (World::*)(ByteReader), 16> kKinds{
            &World::hear_raw,      &World::pass_time, &World::add_host,    &World::add_relay,
            &World::remove,        &World::tell_line, &World::tell,        &World::tell_credentials,
            &World::restart,       &World::answer,    &World::check,       &World::data,
            &World::end_gathering, &World::resolve,   &World::server_says, &World::sign_attributes};
        (this->*kKinds.at(kind % kKinds.size()))(ByteReader(bytes));
        settle();
    }
    /// Whatever came, an agent that is left alone comes to rest.
    void leave_alone() {
        for (int i = 0; i < 50; ++i)
            pass(10s);
        VV_ASSERT(!agent_.path());
        const auto next = agent_.poll_timeout(); // at most mappings are kept
        VV_ASSERT(!next || *next > now_);
    }

private:
    struct Asked {
        ice::Route route;
        stun::TransactionId id;
        ice::CredentialPair between;
    };
    /// A route by which the peer has answered as only it can, and when it last did.
    struct Proof {
        ice::Route route;
        Instant at;
    };

    static ByteView rest(ByteReader& reader) { return reader.read_slice(reader.remaining()).value(); }
    static std::uint8_t byte(ByteReader& reader) { return reader.read_u8().value_or(0); }
    static std::uint8_t number_below(ByteReader& reader, std::uint8_t bound) {
        return static_cast<std::uint8_t>(byte(reader) % bound);
    }

    // ---- records

    void hear_raw(ByteReader reader) {
        const ice::Route route = read_route(reader);
        hear(route, rest(reader));
    }

    void pass_time(ByteReader reader) { pass(10ms * reader.read_u16().value_or(1)); }

    void add_host(ByteReader reader) {
        const std::uint8_t id = number_below(reader, kTransportsTried);
        const std::uint8_t how = byte(reader);
        agent_.add_host(now_, {ice::TransportId(id), local(id, how), (how & 4U) != 0 ? "own.local" : ""});
    }

    void add_relay(ByteReader reader) {
        const std::uint8_t id = number_below(reader, kTransportsTried);
        const std::uint8_t how = byte(reader);
        agent_.add_relay(now_, {.id = ice::TransportId(id),
                                .relayed = local(id, how),
                                .mapped = kServer,
                                .server = kServer.ip,
                                .protocol = static_cast<ice::RelayProtocol>(how % 3)});
    }

    void remove(ByteReader reader) {
        const ice::TransportId via(number_below(reader, kTransportsTried));
        agent_.remove_transport(now_, via);
        for (auto* proofs : {&proven_, &proven_before_})
            std::erase_if(*proofs, [&](const Proof& proof) { return proof.route.via == via; });
    }

    void tell_line(ByteReader reader) {
        const ByteView line = rest(reader);
        const auto candidate = ice::parse_candidate(as_text(line));
        if (candidate) VV_ASSERT(ice::parse_candidate(ice::write_candidate(*candidate)) == candidate);
        (void)agent_.add_remote_candidate(now_, as_text(line));
    }

    void tell(ByteReader reader) {
        const SocketAddress address = remote(byte(reader));
        const std::uint8_t how = byte(reader);
        const auto type = static_cast<ice::CandidateType>(how % 4);
        const ice::Candidate candidate{.foundation = std::to_string(how & 0x1CU),
                                       .priority = 1U + reader.read_u16().value_or(0) * 1000U,
                                       .type = type,
                                       .address = address,
                                       .name = (how & 0x80U) != 0 ? "peer.local" : ""};
        (void)agent_.add_remote_candidate(now_, ice::write_candidate(candidate));
    }

    void tell_credentials(ByteReader reader) {
        peer_ = credentials(byte(reader));
        (void)agent_.set_remote(now_, peer_, (byte(reader) & 1U) != 0);
        note_restart();
    }

    void restart(ByteReader) {
        agent_.restart(now_);
        note_restart();
    }

    // To one of the last requests: a success, a refusal, something under a wrong key, or from elsewhere.
    void answer(ByteReader reader) {
        if (asked_.empty()) return;
        const Asked asked = asked_.at(asked_.size() - 1 - byte(reader) % asked_.size());
        const std::uint8_t how = number_below(reader, 8);
        const ByteView key = how == 5 ? kStrange.key() : asked.between.remote.key();
        ice::Route route = asked.route;
        if (how == 6) route.remote.port ^= 1U;
        if (how == 4) {
            hear(route, ice::write_check_refusal(asked.id, stun::ErrorCode::kRoleConflict, {}, key));
        } else if (how == 7) {
            hear(route, ice::write_check_refusal(asked.id, stun::ErrorCode::kForbidden, {}, key));
        } else {
            const std::uint64_t passed_over = agent_.counters().unexpected;
            hear(route, ice::write_check_answer(asked.id, remote(byte(reader)), key));
            const bool was_awaited = agent_.counters().unexpected == passed_over;
            if (how < 4 && was_awaited) note_proof(asked);
        }
    }

    void check(ByteReader reader) {
        const ice::Route route = read_route(reader);
        const std::uint8_t how = byte(reader);
        ice::Check check{.priority = reader.read_u16().value_or(1), .use_candidate = (how & 1U) != 0};
        if ((how & 2U) != 0) check.role = ice::Role{(how & 4U) != 0, (how & 8U) != 0 ? ~std::uint64_t{0} : 0};
        const ice::CredentialPair between{peer_, own_.at(own_.size() - 1 - ((how & 16U) != 0 ? own_.size() - 1 : 0))};
        hear(route, ice::write_check(new_id(), check, between));
    }

    void data(ByteReader reader) {
        const ice::Route route = read_route(reader);
        ByteBuffer bytes{0x80};
        const ByteView more = rest(reader);
        bytes.insert(bytes.end(), more.begin(), more.end());
        hear(route, bytes);
    }

    void end_gathering(ByteReader reader) {
        if ((byte(reader) & 1U) != 0) {
            agent_.end_of_remote_candidates(now_);
        } else {
            agent_.finish_gathering(now_);
        }
    }

    void resolve(ByteReader reader) {
        const std::uint8_t how = byte(reader);
        agent_.handle_resolved(now_, "peer.local", how == 0 ? std::nullopt : std::optional(remote(how).ip));
    }

    void server_says(ByteReader reader) {
        if (!probe_) return;
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kSuccess, probe_->id)
            .add_xor_address(AttributeType::kXorMappedAddress, remote(byte(reader)));
        hear(probe_->route, bytes);
    }

    // The first byte is where it comes from; then attributes: type, size (one byte), value.
    void sign_attributes(ByteReader reader) {
        const ice::Route route = read_route(reader);
        ByteBuffer bytes;
        stun::MessageBuilder builder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, new_id());
        builder.add_text(AttributeType::kUsername, own_.back().ufrag + ":" + peer_.ufrag);
        while (true) {
            const auto type = reader.read_u16();
            const auto size = reader.read_u8();
            if (!type || !size) break;
            const auto attribute = static_cast<AttributeType>(*type);
            if (attribute == AttributeType::kMessageIntegrity || attribute == AttributeType::kFingerprint) break;
            builder.add(attribute, reader.read_slice(std::min<std::size_t>(*size, reader.remaining())).value());
        }
        hear(route, (builder.add_message_integrity(own_.back().key()), bytes));
    }

    // ---- places

    static SocketAddress local(std::uint8_t id, std::uint8_t how) {
        const auto port = static_cast<std::uint16_t>(1000 + id);
        if ((how & 1U) == 0) return {IpAddress::v4(0x0A000001U + (how & 2U)), port};
        return {IpAddress::v6({0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), port};
    }
    static SocketAddress remote(std::uint8_t number) {
        const auto port = static_cast<std::uint16_t>(2000 + (number & 0x3FU));
        if ((number & 0x80U) == 0) return {IpAddress::v4(0xC6336402), port};
        return {IpAddress::v6({0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}), port};
    }
    static ice::Route read_route(ByteReader& reader) {
        const ice::TransportId via(number_below(reader, kTransportsTried));
        return {via, remote(byte(reader))};
    }
    stun::TransactionId new_id() { return stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()); }

    // ---- the agent and its laws

    void hear(const ice::Route& route, ByteView bytes) {
        const auto given = agent_.handle_input(now_, route, bytes);
        if (!given) return;
        VV_ASSERT(given->data() == bytes.data() && given->size() == bytes.size());
        VV_ASSERT(proven_at(route).has_value());
    }

    void note_proof(const Asked& asked) {
        std::vector<Proof>& proofs = asked.between.local == own_.back() ? proven_ : proven_before_;
        std::erase_if(proofs, [&](const Proof& proof) { return proof.route == asked.route; });
        proofs.push_back({asked.route, now_});
    }
    [[nodiscard]] std::optional<Instant> proven_at(const ice::Route& route) const {
        std::optional<Instant> at;
        for (const auto* proofs : {&proven_, &proven_before_}) {
            const auto proof = std::ranges::find(*proofs, route, &Proof::route);
            if (proof != proofs->end() && (!at || *at < proof->at)) at = proof->at;
        }
        return at;
    }

    // What was proven before a restart counts until some time after the new generation has its path.
    void note_restart() {
        if (own_.back() == agent_.local_credentials()) return;
        own_.push_back(agent_.local_credentials());
        proven_before_.insert(proven_before_.begin(), proven_.begin(), proven_.end());
        proven_.clear();
        completed_at_.reset();
        reach(kOldPathCarried, agent_.path().has_value());
    }

    // The deadlines on the way are met, each once or a few times.
    void pass(Duration time) {
        const Instant end = now_ + time;
        int woken = 0;
        for (auto next = agent_.poll_timeout(); next && *next <= end; next = agent_.poll_timeout()) {
            now_ = std::max(now_, *next);
            agent_.handle_timeout(now_);
            settle();
            VV_ASSERT(++woken < 200'000);
        }
        now_ = end;
        agent_.handle_timeout(now_);
        settle();
    }

    void settle() {
        const bool was_controlling = controlling_;
        controlling_ = agent_.is_controlling();
        reach(kChangedRole, was_controlling != controlling_);
        std::size_t sent = 0;
        while (const auto out = agent_.poll_transmit()) {
            VV_ASSERT(++sent <= kSentMax);
            note_sent(*out);
        }
        while (const auto event = agent_.poll_event())
            note_event(*event);
        if (!completed_at_ && agent_.state() == ice::State::kCompleted) completed_at_ = now_;
        if (completed_at_ && now_ >= *completed_at_ + ice::kPreviousLinger) proven_before_.clear();
        expect_lawful();
    }

    void note_sent(const ice::Transmit& out) {
        const auto message = stun::parse_message(out.payload);
        VV_ASSERT(message.has_value());
        if (message->message_class() != stun::MessageClass::kRequest) {
            const auto is_signed_by = [&](const ice::Credentials& own) {
                return ice::is_authentic(*message, own.key());
            };
            VV_ASSERT(std::ranges::any_of(own_, is_signed_by));
            return;
        }
        const Asked asked{out.route, message->transaction_id(), {own_of(*message), peer_of(*message)}};
        if (out.route.remote == kServer) {
            probe_ = asked;
            return;
        }
        VV_ASSERT(ice::is_authentic(*message, asked.between.remote.key()));
        asked_.push_back(asked);
        if (asked_.size() > 64) asked_.erase(asked_.begin());
    }
    // Under a restart requests of and to an earlier generation go on.
    [[nodiscard]] ice::Credentials own_of(const stun::Message& request) const {
        const auto name = request.find(AttributeType::kUsername);
        const auto is_in_it = [&](const ice::Credentials& own) {
            return name && as_text(*name).ends_with(":" + own.ufrag);
        };
        const auto own = std::ranges::find_if(own_, is_in_it);
        return own != own_.end() ? *own : ice::Credentials{};
    }
    static ice::Credentials peer_of(const stun::Message& request) {
        for (std::uint8_t number = 0; number < 3; ++number) {
            if (ice::addressee_of(request) == credentials(number).ufrag) return credentials(number);
        }
        return {};
    }

    static void note_event(const ice::Event& event) {
        if (const auto* change = std::get_if<ice::StateChanged>(&event)) {
            reach(kWasConnected, change->state == ice::State::kConnected);
            reach(kWasCompleted, change->state == ice::State::kCompleted);
            reach(kWasDisconnected, change->state == ice::State::kDisconnected);
            reach(kWasFailed, change->state == ice::State::kFailed);
        }
        if (const auto* found = std::get_if<ice::CandidateFound>(&event)) {
            VV_ASSERT(ice::parse_candidate(ice::write_candidate(found->candidate)).has_value());
            reach(kReflexive, found->candidate.type == ice::CandidateType::kServerReflexive);
        }
        if (const auto* change = std::get_if<ice::PathChanged>(&event)) {
            reach(kPeerShown, change->path.remote == ice::CandidateType::kPeerReflexive);
            reach(kViaRelay, change->path.local == ice::CandidateType::kRelayed);
        }
        reach(kEarly, std::holds_alternative<ice::EarlyPacket>(event));
        reach(kNamed, std::holds_alternative<ice::NameToResolve>(event));
    }

    void expect_lawful() const {
        const auto path = agent_.path();
        const ice::State state = agent_.state();
        const bool can_send =
            state == ice::State::kConnected || state == ice::State::kCompleted || state == ice::State::kDisconnected;
        VV_ASSERT(can_send == path.has_value());
        if (!path) return;
        const auto at = proven_at(path->route);
        VV_ASSERT(at && now_ < *at + ice::kConsentTimeout);
    }

    SeededRng rng_{1};
    Instant now_{1000s};
    ice::Agent agent_{{.controlling = true, .stun_servers = {kServer}}, rng_};
    ice::Credentials peer_ = credentials(0);
    std::vector<ice::Credentials> own_{agent_.local_credentials()};
    bool controlling_ = true;
    std::vector<Asked> asked_;
    std::optional<Asked> probe_;
    std::vector<Proof> proven_;        // in this generation
    std::vector<Proof> proven_before_; // in those before it
    std::optional<Instant> completed_at_;
};

} // namespace

extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    ByteReader reader({data, size});
    for (std::size_t i = 0; i < kRecordsMax; ++i) {
        const auto kind = reader.read_u8();
        const auto length = reader.read_u8();
        if (!kind || !length) break;
        world.carry_out_record(*kind, reader.read_slice(std::min<std::size_t>(*length, reader.remaining())).value());
    }
    world.leave_alone();
    return 0;
}
