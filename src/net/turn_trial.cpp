#include "net/turn_trial.h"

#include "base/encoding.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kKeySize = 16;

} // namespace

TurnTrial::TurnTrial(EventLoop& loop, const TurnLogin& login, Duration time_max, Rng& rng, Done done)
    : loop_(loop),
      done_(std::move(done)),
      key_(hex_encode(rng.bytes<kKeySize>())),
      id_(rng.bytes<stun::kTransactionIdSize>()),
      begun_at_(loop.now()),
      resend_(loop.timers(), *this),
      deadline_(loop.timers(), *this) {
    deadline_.arm(begun_at_ + time_max);
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        ends_.at(i).link = std::make_unique<TurnLink>(
            loop, login,
            TurnLink::Owner{
                .event = [this, i](const turn::ClientEvent& event) { handle_event(i, event); },
                .heard = [this, i](const SocketAddress& from, ByteView payload) { handle_heard(i, from, payload); }},
            rng);
    }
    resend_.arm(begun_at_); // the links begin in a round of the loop, as everything is told
}

void TurnTrial::handle_event(std::size_t index, const turn::ClientEvent& event) {
    if (!done_) return;
    End& end = ends_.at(index);
    if (const auto* there = std::get_if<turn::Allocated>(&event)) {
        end.relayed = there->relayed.empty() ? SocketAddress{} : there->relayed.front();
        end.has_relay = !there->relayed.empty();
        if (std::ranges::all_of(ends_, &End::has_relay)) permit_each_other();
    } else if (std::holds_alternative<turn::PermissionGranted>(event)) {
        end.is_permitted = true;
        if (!std::ranges::all_of(ends_, &End::is_permitted)) return;
        outcome_.step = Step::kPacket;
        sent_at_ = loop_.now();
        send_check();
    } else if (const auto* refused = std::get_if<turn::PermissionRefused>(&event)) {
        outcome_.refused = refused->code;
        finish();
    } else if (const auto* ended = std::get_if<turn::Ended>(&event)) {
        outcome_.ended = *ended;
        outcome_.failure = end.link->failure();
        finish();
    }
}

void TurnTrial::permit_each_other() {
    outcome_.step = Step::kPermission;
    outcome_.relay = loop_.now() - begun_at_;
    for (std::size_t i = 0; i < ends_.size() && done_; ++i)
        (void)ends_.at(i).link->permit(ends_.at(1 - i).relayed.ip);
}

void TurnTrial::send_check() {
    ends_[0].link->send(ends_[1].relayed, check());
    resend_.arm(loop_.now() + kTurnTrialResend);
}

// As the first packet of a call (RFC 8445 §7.2.2): a relay may let through nothing else.
ByteBuffer TurnTrial::check() const {
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, id_)
        .add_text(stun::AttributeType::kUsername, "check:check")
        .add_message_integrity(as_bytes(key_))
        .add_fingerprint();
    return bytes;
}

ByteBuffer TurnTrial::answer_to(ByteView payload) const {
    if (!std::ranges::equal(payload, check())) return {};
    ByteBuffer bytes;
    stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kSuccess, id_)
        .add_xor_address(stun::AttributeType::kXorMappedAddress, ends_[0].relayed)
        .add_message_integrity(as_bytes(key_))
        .add_fingerprint();
    return bytes;
}

void TurnTrial::handle_heard(std::size_t index, const SocketAddress& from, ByteView payload) {
    if (!done_ || outcome_.step != Step::kPacket) return;
    if (index == 1) {
        const ByteBuffer answer = answer_to(payload);
        if (!answer.empty()) ends_[1].link->send(from, answer);
        return;
    }
    const auto message = stun::parse_message(payload);
    if (!message || message->message_class() != stun::MessageClass::kSuccess || message->transaction_id() != id_ ||
        !stun::verify_message_integrity(*message, as_bytes(key_)))
        return;
    outcome_.step = Step::kDone;
    outcome_.round_trip = loop_.now() - sent_at_;
    finish();
}

void TurnTrial::handle_timeout(Timer& timer, Instant /*now*/) {
    if (&timer == &deadline_) return finish();
    if (outcome_.step == Step::kPacket) return send_check();
    for (const End& end : ends_) {
        if (done_) end.link->start();
    }
}

void TurnTrial::finish() {
    resend_.cancel();
    deadline_.cancel();
    const Done done = std::exchange(done_, nullptr);
    for (const End& end : ends_)
        end.link->close();
    done(outcome_);
}

} // namespace vv::net
