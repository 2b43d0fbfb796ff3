#include "turn/relay_probe.h"

#include "stun/attributes.h"
#include "stun/integrity.h"

#include <algorithm>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

std::optional<SocketAddress> address_in(const stun::Message& message, AttributeType type) {
    const auto value = message.find(type);
    return value ? stun::parse_xor_address(*value, message.transaction_id()) : std::nullopt;
}

} // namespace

RelayProbe::RelayProbe(Instant now, RestCredential credential, AddressFamily family, Rng& rng)
    : credential_(std::move(credential)),
      family_(family),
      rng_(rng) {
    begin(now, Step::kChallenge);
}

std::optional<RelayProbe::Transmit> RelayProbe::poll_transmit() {
    return std::exchange(outgoing_, std::nullopt);
}

std::optional<Instant> RelayProbe::poll_timeout() const {
    if (state_ != State::kRunning) return std::nullopt;
    return resend_at_;
}

void RelayProbe::begin(Instant now, Step step) {
    step_ = step;
    id_ = stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>());
    sends_ = 0;
    send(now);
}

void RelayProbe::send(Instant now) {
    ++sends_;
    outgoing_ = write();
    resend_at_ = now + kProbeResend;
}

void RelayProbe::handle_timeout(Instant now) {
    if (state_ != State::kRunning || now < resend_at_) return;
    if (sends_ < kProbeSendsMax) return send(now);
    switch (step_) {
    case Step::kChallenge:
        return fail("no answer");
    case Step::kAllocate:
    case Step::kPermit:
        return fail("it stopped answering");
    case Step::kPass:
        return fail("it answers, but nothing sent from " + own_.to_string() + " to " + relayed_.to_string() +
                    " passes: its firewall has to let in UDP to turn.relay_ports, and turn.public_address has to be "
                    "the address that leads there, for this server too");
    }
}

void RelayProbe::fail(std::string why) {
    state_ = State::kFailed;
    why_ = std::move(why);
    if (step_ >= Step::kAllocate) outgoing_ = Transmit{std::nullopt, refresh_to_zero()};
}

// ---- what is said

void RelayProbe::authenticate(MessageBuilder& builder) const {
    builder.add_text(AttributeType::kUsername, credential_.username)
        .add_text(AttributeType::kRealm, realm_)
        .add_text(AttributeType::kNonce, nonce_)
        .add_message_integrity(stun::long_term_key(credential_.username, realm_, credential_.password));
}

void RelayProbe::want_relay(MessageBuilder& builder) const {
    builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
    if (family_ == AddressFamily::kIpv6) {
        builder.add_u8_padded(AttributeType::kRequestedAddressFamily, stun::kFamilyIpv6);
    }
}

RelayProbe::Transmit RelayProbe::write() const {
    Transmit out;
    switch (step_) {
    case Step::kChallenge: {
        MessageBuilder builder(out.bytes, Method::kAllocate, MessageClass::kRequest, id_);
        want_relay(builder);
        break;
    }
    case Step::kAllocate: {
        MessageBuilder builder(out.bytes, Method::kAllocate, MessageClass::kRequest, id_);
        want_relay(builder);
        authenticate(builder);
        break;
    }
    case Step::kPermit: {
        MessageBuilder builder(out.bytes, Method::kCreatePermission, MessageClass::kRequest, id_);
        builder.add_xor_address(AttributeType::kXorPeerAddress, {own_, 0});
        authenticate(builder);
        break;
    }
    case Step::kPass:
        out.to = relayed_;
        out.bytes = check();
        break;
    }
    return out;
}

// What the first packet of a call would be (RFC 8445 §7.2.2), and nobody else can make: the number of the transaction
// is in it, under a key of ours.
ByteBuffer RelayProbe::check() const {
    ByteBuffer bytes;
    MessageBuilder(bytes, Method::kBinding, MessageClass::kRequest, id_)
        .add_text(AttributeType::kUsername, "probe:probe")
        .add_message_integrity(as_bytes(credential_.password))
        .add_fingerprint();
    return bytes;
}

ByteBuffer RelayProbe::refresh_to_zero() const {
    ByteBuffer bytes;
    MessageBuilder builder(bytes, Method::kRefresh, MessageClass::kRequest,
                           stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()));
    builder.add_u32(AttributeType::kLifetime, 0);
    authenticate(builder);
    return bytes;
}

// ---- what is heard

void RelayProbe::handle_input(Instant now, ByteView datagram) {
    if (state_ != State::kRunning || datagram.empty()) return;
    const auto message = stun::parse_message(datagram);
    if (!message) return;
    if (step_ == Step::kPass) return handle_data(*message);
    if (message->transaction_id() != id_) return;
    if (message->message_class() == MessageClass::kError) return handle_refusal(now, *message);
    if (message->message_class() == MessageClass::kSuccess) return handle_answer(now, *message);
}

// The peer's port is whatever a NAT made of it.
void RelayProbe::handle_data(const stun::Message& indication) {
    if (indication.method() != Method::kData || indication.message_class() != MessageClass::kIndication) return;
    const auto peer = address_in(indication, AttributeType::kXorPeerAddress);
    const auto data = indication.find(AttributeType::kData);
    if (!peer || peer->ip != own_ || !data || !std::ranges::equal(*data, check())) return;
    state_ = State::kWorks;
    outgoing_ = Transmit{std::nullopt, refresh_to_zero()}; // the relay has better use for the port
}

void RelayProbe::handle_refusal(Instant now, const stun::Message& answer) {
    const auto value = answer.find(AttributeType::kErrorCode);
    const auto error = value ? stun::parse_error_code(*value) : std::nullopt;
    const auto code = static_cast<ErrorCode>(error ? error->code : 0);
    const auto realm = answer.find(AttributeType::kRealm);
    const auto nonce = answer.find(AttributeType::kNonce);
    const bool is_challenge = step_ == Step::kChallenge && code == ErrorCode::kUnauthenticated;
    const bool is_stale = code == ErrorCode::kStaleNonce && !std::exchange(renewed_nonce_, true);
    if ((is_challenge || is_stale) && realm && nonce) {
        realm_ = as_text(*realm);
        nonce_ = as_text(*nonce);
        return begin(now, is_challenge ? Step::kAllocate : step_);
    }
    fail(refusal(code));
}

std::string RelayProbe::refusal(ErrorCode code) const {
    switch (code) {
    case ErrorCode::kUnauthenticated:
        return "it does not know the secret";
    case ErrorCode::kAllocationQuotaReached:
        return "its quota is used up";
    case ErrorCode::kInsufficientCapacity:
        return "it is full or stopping";
    case ErrorCode::kAddressFamilyNotSupported:
        return "it has no relayed address of this family";
    default:
        return step_ == Step::kPermit ? "it refuses to be tried: its version is older than this server's"
                                      : "it refuses";
    }
}

void RelayProbe::handle_answer(Instant now, const stun::Message& answer) {
    const auto key = stun::long_term_key(credential_.username, realm_, credential_.password);
    if (!stun::verify_message_integrity(answer, key)) return; // from somebody else
    if (step_ == Step::kPermit) return begin(now, Step::kPass);
    const auto relayed = address_in(answer, AttributeType::kXorRelayedAddress);
    const auto own = address_in(answer, AttributeType::kXorMappedAddress);
    if (!relayed || relayed->ip.family() != family_) return fail("its answer names no relayed address");
    if (!own || own->ip.family() != family_) return fail("its answer does not name ours");
    relayed_ = *relayed;
    own_ = own->ip;
    begin(now, Step::kPermit);
}

} // namespace vv::turn
