#include "turn/relay_probe.h"

#include "stun/attributes.h"
#include "stun/integrity.h"
#include "turn/channel_data.h"

#include <algorithm>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

const ChannelNumber kChannel(kChannelFirst);

} // namespace

RelayProbe::RelayProbe(Instant now, RestCredential credential, Rng& rng)
    : credential_(std::move(credential)),
      rng_(rng) {
    begin(now, Step::kChallenge);
}

std::optional<ByteBuffer> RelayProbe::poll_transmit() {
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
    case Step::kBind:
        return fail("it stopped answering");
    case Step::kEcho:
        return fail("nothing comes back through it");
    }
}

void RelayProbe::fail(std::string_view why) {
    state_ = State::kFailed;
    why_ = why;
    if (step_ >= Step::kAllocate) outgoing_ = refresh_to_zero();
}

// ---- what is said

void RelayProbe::authenticate(MessageBuilder& builder) const {
    builder.add_text(AttributeType::kUsername, credential_.username)
        .add_text(AttributeType::kRealm, realm_)
        .add_text(AttributeType::kNonce, nonce_)
        .add_message_integrity(stun::long_term_key(credential_.username, realm_, credential_.password));
}

ByteBuffer RelayProbe::write() const {
    ByteBuffer bytes;
    switch (step_) {
    case Step::kChallenge:
        MessageBuilder(bytes, Method::kAllocate, MessageClass::kRequest, id_)
            .add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
        break;
    case Step::kAllocate: {
        MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, id_);
        builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
        authenticate(builder);
        break;
    }
    case Step::kBind: {
        MessageBuilder builder(bytes, Method::kChannelBind, MessageClass::kRequest, id_);
        builder.add_u16_padded(AttributeType::kChannelNumber, kChannel.value())
            .add_xor_address(AttributeType::kXorPeerAddress, relayed_);
        authenticate(builder);
        break;
    }
    case Step::kEcho: {
        const ByteBuffer payload = check();
        const auto header = write_channel_data_header(kChannel, payload.size());
        bytes.assign(header.begin(), header.end());
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        break;
    }
    }
    return bytes;
}

// Of the shape that a relay with a consent gate lets through to a peer that has not consented yet (RFC 8445 §7.2.2).
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
    if (looks_like_channel_data(datagram.front(), kChannelLast)) {
        const auto data = parse_channel_data(datagram, kChannelLast);
        if (step_ != Step::kEcho || !data || data->channel != kChannel) return;
        if (!std::ranges::equal(data->payload, check())) return;
        state_ = State::kWorks;
        outgoing_ = refresh_to_zero(); // the relay has better use for the port
        return;
    }
    const auto message = stun::parse_message(datagram);
    if (!message || message->transaction_id() != id_ || step_ == Step::kEcho) return;
    if (message->message_class() == MessageClass::kError) return handle_refusal(now, *message);
    if (message->message_class() == MessageClass::kSuccess) return handle_answer(now, *message);
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
    if (code == ErrorCode::kUnauthenticated) return fail("it does not know the secret");
    if (code == ErrorCode::kAllocationQuotaReached) return fail("its quota is used up");
    if (code == ErrorCode::kInsufficientCapacity) return fail("it is full or stopping");
    fail("it refuses");
}

void RelayProbe::handle_answer(Instant now, const stun::Message& answer) {
    const auto key = stun::long_term_key(credential_.username, realm_, credential_.password);
    if (!stun::verify_message_integrity(answer, key)) return; // from somebody else
    if (step_ == Step::kBind) return begin(now, Step::kEcho);
    const auto value = answer.find(AttributeType::kXorRelayedAddress);
    const auto relayed = value ? stun::parse_xor_address(*value, answer.transaction_id()) : std::nullopt;
    if (!relayed) return fail("its answer names no relayed address");
    relayed_ = *relayed;
    begin(now, Step::kBind);
}

} // namespace vv::turn
