// Any sequence of events at a TURN client: bytes of whoever can write to it, answers of a
// server that knows the password, challenges, ICMP, data, its owner's wishes, time. Whatever
// comes, it hears only peers that it let in, sends only what is well formed, waits for no time
// that has passed, does not go back to the older hash, and ends once.
//
// The input is a byte for the configuration, then records: a byte that says what, a byte with
// the size, the bytes.
#include "stun/builder.h"
#include "stun/integrity.h"
#include "turn/client.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <variant>

using namespace vv;
using namespace std::chrono_literals;
using stun::AttributeType;

namespace {

constexpr std::size_t kRecordsMax = 200;
constexpr std::string_view kName = "name";
constexpr std::string_view kRealm = "realm";
constexpr std::string_view kPassword = "a password of the fuzzer";
// Its four digits after the cookie promise algorithms.
constexpr std::string_view kPromisingNonce = "obMatJos2AAAB0123456789abcdef";
constexpr std::string_view kPlainNonce = "0123456789abcdef";

struct Reached {
    const char* what = "";
    bool yes = false;
};
enum What : std::size_t {
    kAllocated,
    kLetIn,
    kRefusedPeer,
    kBound,
    kUnreachable,
    kAlternate,
    kHeard,
    kOlderHash,
    kNewerHash,
    kFirstEnd, // and one for each turn::Ended::Why
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): over all inputs
std::array<Reached, kFirstEnd + 5> g_reached{Reached{"a relay"},
                                             {"a permission"},
                                             {"a refused permission"},
                                             {"a channel"},
                                             {"an ICMP message"},
                                             {"another server for a stream"},
                                             {"data of a peer"},
                                             {"a request under the older hash"},
                                             {"a request under the newer hash"},
                                             {"an end by its owner"},
                                             {"an end by a refusal"},
                                             {"an end without an answer"},
                                             {"an end of the stream"},
                                             {"a grant of what was not asked for"}};
void reach(std::size_t what, bool yes = true) {
    g_reached.at(what).yes = g_reached.at(what).yes || yes;
}

turn::ClientConfig config_of(std::uint8_t choice) {
    turn::ClientConfig config;
    config.local = {IpAddress::v4(0x0C000001), 1000};
    config.server = {IpAddress::v4(0x0B000001), 3478};
    config.transport = (choice & 1U) != 0 ? turn::Transport::kTcp : turn::Transport::kUdp;
    config.username = kName;
    config.password = crypto::SecretBytes(kPassword);
    config.dual = (choice & 2U) != 0;
    if (!config.dual && (choice & 4U) != 0) config.family = AddressFamily::kIpv6;
    return config;
}

SocketAddress peer_at(std::uint8_t which) {
    return {IpAddress::v4(0x08080800U + which % 4), static_cast<std::uint16_t>(1 + which / 4 % 4)};
}

class Owner {
public:
    explicit Owner(std::uint8_t choice) : config_(config_of(choice)), client_(config_, rng_) {
        client_.start(now_);
        drain();
    }

    void carry_out_record(std::uint8_t kind, ByteView bytes) {
        static constexpr std::array<void (Owner::*)(ByteView), 11> kKinds{
            &Owner::hear_raw,  &Owner::hear_success, &Owner::hear_challenge, &Owner::hear_error,
            &Owner::hear_data, &Owner::pass_time,    &Owner::permit,         &Owner::bind,
            &Owner::send,      &Owner::close,        &Owner::close_path};
        (this->*kKinds.at(kind % kKinds.size()))(bytes);
        drain();
    }
    void end() {
        client_.close(now_);
        drain();
        for (int i = 0; i < 100 && client_.poll_timeout(); ++i) {
            now_ = std::max(now_, *client_.poll_timeout());
            client_.handle_timeout(now_);
            drain();
        }
        // Between two servers of a stream nothing is under way, and close ends it at once.
        VV_ASSERT(client_.has_ended() && ends_ == 1);
    }

private:
    static std::uint8_t first(ByteView bytes) { return bytes.empty() ? std::uint8_t{0} : bytes[0]; }

    // ---- what comes

    void hear_raw(ByteView input) {
        while (!input.empty()) {
            const std::size_t before = input.size();
            const auto heard = client_.handle_input(now_, input);
            VV_ASSERT(input.size() < before || heard.has_value() || client_.has_ended());
            if (heard) VV_ASSERT(wished_.contains(heard->peer.value().ip));
            reach(kHeard, heard.has_value());
        }
    }
    // Attributes: type, size (one byte), value; none: what such an answer has.
    static void add_attributes(stun::MessageBuilder& builder, ByteView bytes) {
        ByteReader reader(bytes);
        while (true) {
            const auto type = reader.read_u16();
            const auto size = reader.read_u8();
            if (!type || !size) return;
            const auto attribute = static_cast<AttributeType>(*type);
            const bool closes = attribute == AttributeType::kMessageIntegrity ||
                                attribute == AttributeType::kFingerprint ||
                                attribute == AttributeType::kMessageIntegritySha256;
            const ByteView value = reader.read_slice(std::min<std::size_t>(*size, reader.remaining())).value();
            if (!closes) builder.add(attribute, value);
        }
    }
    void sign(stun::MessageBuilder& builder) const {
        const turn::LongTermKey key(asked_sha256_ ? turn::PasswordHash::kSha256 : turn::PasswordHash::kMd5, kName,
                                    kRealm, kPassword);
        if (asked_sha256_) {
            builder.add_message_integrity_sha256(key.view());
        } else {
            builder.add_message_integrity(key.view());
        }
    }
    void hear_success(ByteView bytes) {
        if (!request_) return;
        ByteBuffer answer;
        stun::MessageBuilder builder(answer, method_, stun::MessageClass::kSuccess, *request_);
        if (bytes.size() > 1) {
            add_attributes(builder, bytes.subspan(1));
        } else {
            builder.add_u32(AttributeType::kLifetime, first(bytes) * 10U)
                .add_xor_address(AttributeType::kXorRelayedAddress, {IpAddress::v4(0x0B000001), 50'000})
                .add_xor_address(AttributeType::kXorMappedAddress, config_.local);
        }
        if (was_signed_) sign(builder);
        hear_raw(answer);
    }
    void hear_challenge(ByteView bytes) {
        if (!request_) return;
        const std::uint8_t choice = first(bytes);
        ByteBuffer answer;
        stun::MessageBuilder builder(answer, method_, stun::MessageClass::kError, *request_);
        builder.add_error_code((choice & 1U) != 0 ? stun::ErrorCode::kStaleNonce : stun::ErrorCode::kUnauthenticated)
            .add_text(AttributeType::kRealm, kRealm)
            .add_text(AttributeType::kNonce, (choice & 2U) != 0 ? kPromisingNonce : kPlainNonce);
        if ((choice & 4U) != 0) builder.add(AttributeType::kPasswordAlgorithms, turn::kPasswordAlgorithmsOffered);
        if (bytes.size() > 1) add_attributes(builder, bytes.subspan(1));
        hear_raw(answer);
    }
    void hear_error(ByteView bytes) {
        if (!request_) return;
        static constexpr std::array kCodes{
            stun::ErrorCode::kTryAlternate,       stun::ErrorCode::kBadRequest,
            stun::ErrorCode::kForbidden,          stun::ErrorCode::kUnknownAttribute,
            stun::ErrorCode::kAllocationMismatch, stun::ErrorCode::kWrongCredentials,
            stun::ErrorCode::kServerError,        stun::ErrorCode::kInsufficientCapacity};
        ByteBuffer answer;
        stun::MessageBuilder builder(answer, method_, stun::MessageClass::kError, *request_);
        builder.add_error_code(kCodes.at(first(bytes) % kCodes.size()));
        builder.add_address(AttributeType::kAlternateServer,
                            {IpAddress::v4(0x0B000002U + first(bytes) / 8), static_cast<std::uint16_t>(3478)});
        if (was_signed_) sign(builder);
        hear_raw(answer);
    }
    void hear_data(ByteView bytes) {
        if (bytes.empty()) return;
        ByteBuffer in;
        if ((bytes[0] & 1U) != 0) {
            const auto header = turn::write_channel_data_header(turn::ChannelNumber(0x4000U + bytes[0] / 2 % 8), 0);
            in.assign(header.begin(), header.end());
        } else {
            stun::MessageBuilder builder(in, stun::Method::kData, stun::MessageClass::kIndication,
                                         stun::TransactionId());
            builder.add_xor_address(AttributeType::kXorPeerAddress, peer_at(bytes[0] / 2));
            if (bytes.size() > 1) {
                builder.add(AttributeType::kData, bytes.subspan(1));
            } else {
                builder.add_icmp({3, 3, 0});
            }
        }
        hear_raw(in);
    }

    // ---- what its owner does

    void pass_time(ByteView bytes) {
        const Duration duration = 1ms * first(bytes) * first(bytes) * 10; // up to eleven minutes
        now_ += duration;
        client_.handle_timeout(now_);
    }
    void permit(ByteView bytes) {
        const IpAddress ip = peer_at(first(bytes)).ip;
        if (client_.permit(now_, ip)) wished_.insert(ip);
    }
    void bind(ByteView bytes) {
        const SocketAddress peer = peer_at(first(bytes));
        if (client_.bind_channel(now_, PeerAddress(peer))) wished_.insert(peer.ip);
    }
    void send(ByteView bytes) {
        const SocketAddress peer = peer_at(first(bytes));
        const bool was_sent = client_.send(PeerAddress(peer), bytes, (first(bytes) & 0x80U) != 0);
        if (was_sent) VV_ASSERT(client_.is_permitted(peer.ip));
    }
    void close(ByteView) { client_.close(now_); }
    void close_path(ByteView) { client_.handle_path_closed(); }

    // ---- what comes of it

    void look_at(const Transmit& out) {
        VV_ASSERT(ends_ == 0 && !out.payload.empty());
        if (turn::looks_like_channel_data(out.payload[0], turn::kChannelLast)) {
            VV_ASSERT(turn::parse_channel_data(out.payload, turn::kChannelLast).has_value());
            return;
        }
        const auto message = stun::parse_message(out.payload);
        VV_ASSERT(message.has_value());
        if (message->message_class() != stun::MessageClass::kRequest) return;
        request_ = message->transaction_id();
        method_ = message->method();
        const bool sha256 = message->integrity_sha256_offset().has_value();
        was_signed_ = sha256 || message->integrity_offset().has_value();
        reach(kNewerHash, sha256);
        reach(kOlderHash, was_signed_ && !sha256);
        if (out.remote != asked_) {
            asked_ = out.remote;
            asked_sha256_ = false;
        }
        // Whoever agreed on the newer hash with this server keeps to it; what was asked before is repeated as it was.
        const bool is_repeated = !asked_before_.insert(request_->value()).second;
        VV_ASSERT(is_repeated || !asked_sha256_ || !was_signed_ || sha256);
        asked_sha256_ = asked_sha256_ || sha256;
    }
    static void note_event(const turn::ClientEvent& event) {
        reach(kAllocated, std::holds_alternative<turn::Allocated>(event));
        reach(kLetIn, std::holds_alternative<turn::PermissionGranted>(event));
        reach(kRefusedPeer, std::holds_alternative<turn::PermissionRefused>(event));
        reach(kBound, std::holds_alternative<turn::ChannelBound>(event));
        reach(kUnreachable, std::holds_alternative<turn::PeerUnreachable>(event));
        reach(kAlternate, std::holds_alternative<turn::TryAlternate>(event));
        if (const auto* end = std::get_if<turn::Ended>(&event)) reach(kFirstEnd + static_cast<std::size_t>(end->why));
    }
    void drain() {
        int sent = 0;
        while (const auto out = client_.poll_transmit()) {
            look_at(*out);
            VV_ASSERT(++sent < 1000);
        }
        while (const auto event = client_.poll_event()) {
            VV_ASSERT(ends_ == 0);
            note_event(*event);
            if (std::holds_alternative<turn::Ended>(*event)) ++ends_;
            if (std::holds_alternative<turn::TryAlternate>(*event)) {
                request_.reset();
                client_.start(now_);
                return drain();
            }
        }
        VV_ASSERT(client_.has_ended() == (ends_ == 1));
        const auto due = client_.poll_timeout();
        if (ends_ > 0) VV_ASSERT(!due);
        if (due && *due <= now_) {
            client_.handle_timeout(now_);
            const auto later = client_.poll_timeout();
            VV_ASSERT(!later || *later > now_);
            drain();
        }
    }

    SeededRng rng_{1};
    Instant now_{1h};
    turn::ClientConfig config_;
    turn::Client client_;
    std::set<IpAddress> wished_;
    std::optional<stun::TransactionId> request_;
    stun::Method method_ = stun::Method::kAllocate;
    bool was_signed_ = false;
    bool asked_sha256_ = false;
    std::set<std::array<std::uint8_t, 12>> asked_before_;
    SocketAddress asked_;
    int ends_ = 0;
};

} // namespace

extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader reader(ByteView(data, size));
    const auto choice = reader.read_u8();
    if (!choice) return 0;
    Owner owner(*choice);
    for (std::size_t i = 0; i < kRecordsMax; ++i) {
        const auto kind = reader.read_u8();
        const auto length = reader.read_u8();
        if (!kind || !length) break;
        owner.carry_out_record(*kind, reader.read_slice(std::min<std::size_t>(*length, reader.remaining())).value());
    }
    owner.end();
    return 0;
}
