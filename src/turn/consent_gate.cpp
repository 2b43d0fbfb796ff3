#include "turn/consent_gate.h"

#include "stun/integrity.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::MessageClass;

/// A Binding message; most packets are told apart by their first byte.
std::optional<stun::Message> binding_of(ByteView payload) {
    if (payload.size() < stun::kHeaderSize || !stun::looks_like_stun(payload.front())) return std::nullopt;
    auto message = stun::parse_message(payload);
    if (!message || message->method() != stun::Method::kBinding) return std::nullopt;
    return *message;
}

std::int64_t size_of(const stun::Message& message) {
    return static_cast<std::int64_t>(message.bytes().size());
}

bool is_answer(const stun::Message& message) {
    return message.message_class() == MessageClass::kSuccess || message.message_class() == MessageClass::kError;
}

/// As ICE makes them (RFC 8445 §7.2.2). The integrity is the peer's to judge: only the two ends know its key.
bool is_check(const stun::Message& message) {
    return message.message_class() == MessageClass::kRequest && message.has(AttributeType::kUsername) &&
           message.integrity_offset().has_value() && stun::verify_fingerprint(message);
}

bool is_consent(const stun::Message& message) {
    return message.message_class() == MessageClass::kSuccess && message.integrity_offset().has_value() &&
           stun::verify_fingerprint(message);
}

/// RFC 7983 §7: DTLS, and RTP with RTCP. TURN, ZRTP and whatever else there is are not part of a call.
bool is_media(ByteView payload) {
    if (payload.empty()) return false;
    const std::uint8_t first = payload.front();
    return (first >= 20 && first <= 63) || (first >= 128 && first <= 191);
}

} // namespace

// ---- checks

void ConsentGate::Checks::add(Instant now, const stun::TransactionId& id) {
    const Check check{id, now + kCheckLifetime};
    if (ring_.size() < kChecksRemembered) {
        // Some connections see a handful: the ring grows by what it needs, and what has expired makes room first.
        const auto old = std::ranges::find_if(ring_, [&](const Check& c) { return c.expiry <= now; });
        if (old != ring_.end()) {
            *old = check;
        } else {
            ring_.push_back(check);
        }
        return;
    }
    ring_[next_] = check;
    next_ = (next_ + 1) % kChecksRemembered;
}

bool ConsentGate::Checks::take(Instant now, const stun::TransactionId& id) {
    const auto found = std::ranges::find_if(ring_, [&](const Check& c) { return c.expiry > now && c.id == id; });
    if (found == ring_.end()) return false;
    found->expiry = now; // once
    return true;
}

bool ConsentGate::Checks::has(Instant now, const stun::TransactionId& id) const {
    return std::ranges::any_of(ring_, [&](const Check& c) { return c.expiry > now && c.id == id; });
}

bool ConsentGate::Checks::is_empty(Instant now) const {
    return std::ranges::none_of(ring_, [&](const Check& c) { return c.expiry > now; });
}

// ---- peers

ConsentGate::Peer* ConsentGate::find(const SocketAddress& address) {
    if (last_found_ < peers_.size() && peers_[last_found_].address == address) return &peers_[last_found_];
    const auto found = std::ranges::find(peers_, address, &Peer::address);
    if (found == peers_.end()) return nullptr;
    last_found_ = static_cast<std::size_t>(found - peers_.begin());
    return &*found;
}

bool ConsentGate::knows(const SocketAddress& address) const {
    return std::ranges::find(peers_, address, &Peer::address) != peers_.end();
}

bool ConsentGate::is_open(Instant now, const SocketAddress& address) const {
    const auto found = std::ranges::find(peers_, address, &Peer::address);
    return found != peers_.end() && found->is_open(now);
}

// Who was only heard, and never checked by our client, makes way for anybody: whoever shares the peer's address must
// not be able to fill the table from many ports.
bool ConsentGate::make_room(Instant now, const ConsentLimits& limits) {
    const auto is_checked = [now](const Peer& peer) { return !peer.ours.is_empty(now) || !peer.rate.is_full(now); };
    std::erase_if(
        peers_, [&](const Peer& peer) { return !peer.is_open(now) && !is_checked(peer) && peer.theirs.is_empty(now); });
    if (peers_.size() - open_peers(now) < limits.closed_peers) return true;
    auto oldest = peers_.end();
    for (auto peer = peers_.begin(); peer != peers_.end(); ++peer) {
        if (peer->is_open(now) || is_checked(*peer)) continue;
        if (oldest == peers_.end() || peer->heard < oldest->heard) oldest = peer;
    }
    if (oldest == peers_.end()) return false;
    peers_.erase(oldest);
    return true;
}

std::size_t ConsentGate::open_peers(Instant now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers_, [now](const Peer& peer) { return peer.is_open(now); }));
}

ConsentGate::Peer* ConsentGate::find_or_make(Instant now, const ConsentLimits& limits, const SocketAddress& address) {
    if (Peer* known = find(address)) return known;
    if (!make_room(now, limits)) return nullptr;
    last_found_ = peers_.size();
    Peer& made = peers_.emplace_back(*peers_.get_allocator().resource());
    made.address = address;
    made.consent_until = made.heard = now;
    return &made;
}

// ---- to peers

ConsentVerdict ConsentGate::admit(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                  ByteView payload) {
    Peer* known = find(address);
    if (known != nullptr && known->is_open(now)) return admit_open(now, limits, *known, payload);
    return admit_closed(now, limits, address, payload);
}

ConsentVerdict ConsentGate::admit_closed(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                         ByteView payload) {
    const auto message = binding_of(payload); // of any size, since DTLS may travel in it, up to so much in all
    if (!message) return ConsentVerdict::kNoConsent;
    if (is_answer(*message)) {
        // Each end waits for the other's answer: without these, two ends behind this relay would wait for ever.
        Peer* peer = find(address);
        if (peer == nullptr || !peer->theirs.has(now, message->transaction_id())) return ConsentVerdict::kUnasked;
        if (spent_.bytes.try_take(now, limits.closed_byte_rate(), size_of(*message))) return ConsentVerdict::kTooMany;
        (void)peer->theirs.take(now, message->transaction_id());
        return ConsentVerdict::kPass;
    }
    return is_check(*message) ? admit_check(now, limits, address, *message) : ConsentVerdict::kNoConsent;
}

ConsentVerdict ConsentGate::admit_check(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                                        const stun::Message& check) {
    if (spent_.all.wait_for(now, limits.allocation_rate())) return ConsentVerdict::kTooMany;
    if (spent_.bytes.wait_for(now, limits.closed_byte_rate(), size_of(check))) return ConsentVerdict::kTooMany;
    Peer* peer = find_or_make(now, limits, address);
    if (peer == nullptr) return ConsentVerdict::kTooMany;
    const bool is_new = peer->ours.is_empty(now);
    if (is_new && spent_.peers.wait_for(now, limits.asked_rate())) return ConsentVerdict::kTooMany;
    // Which peer had the most before is not known any more, so each may be the one.
    if (spent_.per_peer.full_at() > peer->rate.full_at()) peer->rate = spent_.per_peer;
    if (peer->rate.try_take(now, limits.peer_rate())) return ConsentVerdict::kTooMany;
    spent_.all.take(now, limits.allocation_rate());
    spent_.bytes.take(now, limits.closed_byte_rate(), size_of(check));
    if (is_new) {
        peer->asked = limits.asked_rate().time_of(1);
        spent_.peers.take_time(now, peer->asked);
    }
    peer->ours.add(now, check.transaction_id());
    return ConsentVerdict::kPass;
}

SpentChecks ConsentGate::spent() const {
    SpentChecks spent = spent_;
    for (const Peer& peer : peers_) {
        if (peer.rate.full_at() > spent.per_peer.full_at()) spent.per_peer = peer.rate;
    }
    return spent;
}

ConsentVerdict ConsentGate::admit_open(Instant now, const ConsentLimits& limits, Peer& peer, ByteView payload) {
    const auto message = binding_of(payload);
    if (!message && !is_media(payload)) return ConsentVerdict::kNoConsent;
    if (peer.unheard_bytes + payload.size() > limits.bytes_per_packet_in) return ConsentVerdict::kUnheard;
    peer.unheard_bytes += payload.size();
    if (message && message->message_class() == MessageClass::kRequest) peer.ours.add(now, message->transaction_id());
    return ConsentVerdict::kPass;
}

// ---- from peers

void ConsentGate::handle_input(Instant now, const ConsentLimits& limits, const SocketAddress& address,
                               ByteView payload) {
    Peer* peer = find(address);
    if (peer != nullptr) {
        peer->heard = now;
        peer->unheard_bytes = 0;
    }
    const auto message = binding_of(payload);
    if (!message) return;
    if (message->message_class() == MessageClass::kRequest) {
        // Our own check, sent back: answered by our client it would come back once more, as the consent of a mere echo.
        if (peer != nullptr && peer->ours.has(now, message->transaction_id())) return;
        if (peer == nullptr) peer = find_or_make(now, limits, address);
        if (peer != nullptr) peer->theirs.add(now, message->transaction_id());
        return;
    }
    if (peer == nullptr || !is_consent(*message) || !peer->ours.take(now, message->transaction_id())) return;
    if (!peer->is_open(now) && open_peers(now) >= kOpenPeersMax) return;
    peer->consent_until = now + limits.lifetime;
    spent_.peers.give_back_time(std::exchange(peer->asked, {}));
}

} // namespace vv::turn
