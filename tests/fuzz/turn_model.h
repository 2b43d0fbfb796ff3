// What the relay may let pass, written down a second time: from what went in and
// came out, without a look into the machine. It is allowed to expect less than
// the machine keeps (a table that forgot an entry is not noticed), never more,
// so that what it objects to is a fault.
#pragma once

#include "base/assert.h"
#include "base/rate.h"
#include "stun/integrity.h"
#include "stun/message.h"
#include "turn/action.h"
#include "turn/config.h"
#include "turn/consent_gate.h"
#include "turn/quota_book.h"
#include "turn/test_peers.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::fuzz {

inline constexpr turn::PeerLimits kPeers{};
inline constexpr turn::ConsentLimits kConsent{};

/// What must never be reached, by the tests' own list and arithmetic.
inline bool is_forbidden(const IpAddress& peer) {
    static const std::vector<turn::test::Edges> kBlocks = [] {
        std::vector<turn::test::Edges> blocks;
        blocks.reserve(turn::test::kDeniedBlocks.size());
        for (const std::string_view block : turn::test::kDeniedBlocks)
            blocks.push_back(turn::test::edges_of(block));
        return blocks;
    }();
    return std::ranges::any_of(kBlocks, [&](const turn::test::Edges& block) { return block.contain(peer); });
}

/// What a rate has earned and nobody has spent, kept as a level; the machine keeps a time instead (base/rate.h).
class Bucket {
public:
    void expect_may_take(Instant now, const Rate& rate, std::size_t units) {
        const auto burst = static_cast<double>(rate.burst);
        const double earned = std::chrono::duration<double>(now - at_.value_or(now)) /
                              std::chrono::duration<double>(rate.period) * static_cast<double>(rate.units);
        level_ = (at_ ? std::min(burst, level_ + earned) : burst) - static_cast<double>(units);
        at_ = now;
        VV_ASSERT(level_ > -kRounding);
    }

    /// As if it had not been taken.
    void give_back(std::size_t units) { level_ += static_cast<double>(units); }

private:
    static constexpr double kRounding = 0.001;

    std::optional<Instant> at_; // nothing: still full
    double level_ = 0;
};

/// Whether a peer has agreed to hear from an allocation, told from the packets between the two.
class PeerConsent {
public:
    [[nodiscard]] bool is_open(Instant now) const { return given_ && now < *given_ + kConsent.lifetime; }
    [[nodiscard]] bool was_ever_open() const { return given_.has_value(); }
    /// A check went there that could still be answered.
    [[nodiscard]] bool is_checked(Instant now) const {
        return std::ranges::any_of(ours_, [&](const auto& check) { return is_fresh(check.second, now); });
    }

    /// What a payload that went out to the peer was.
    enum class Passed : std::uint8_t { kOpen, kMedia, kAnswer, kCheck }; ///< of an open gate the first two
    Passed expect_may_pass(Instant now, ByteView payload) {
        const auto message = binding_of(payload);
        const bool is_request = message && message->message_class() == stun::MessageClass::kRequest;
        if (is_open(now)) {
            VV_ASSERT(message || is_media(payload));
            unheard_ += payload.size();
            VV_ASSERT(unheard_ <= kConsent.bytes_per_packet_in);
            if (is_request) ours_.emplace(message->transaction_id(), now);
            return message ? Passed::kOpen : Passed::kMedia;
        }
        VV_ASSERT(message.has_value());
        if (!is_request) {
            VV_ASSERT(message->message_class() != stun::MessageClass::kIndication);
            const auto asked = find_fresh(theirs_, message->transaction_id(), now);
            VV_ASSERT(asked != theirs_.end());
            theirs_.erase(asked); // once
            return Passed::kAnswer;
        }
        VV_ASSERT(message->has(stun::AttributeType::kUsername) && message->integrity_offset() &&
                  stun::verify_fingerprint(*message));
        ours_.emplace(message->transaction_id(), now);
        return Passed::kCheck;
    }

    /// The peer sent this, and has a permission.
    void hear(Instant now, ByteView payload) {
        unheard_ = 0;
        const auto message = binding_of(payload);
        if (!message) return;
        const auto check = find_fresh(ours_, message->transaction_id(), now);
        if (message->message_class() == stun::MessageClass::kRequest) {
            // An echo asks nothing. Past so many checks the machine may have forgotten that it is one.
            const bool is_echo = check != ours_.end() && ours_.size() <= turn::kChecksRemembered;
            if (!is_echo) theirs_.emplace(message->transaction_id(), now);
            return;
        }
        const bool consents = message->message_class() == stun::MessageClass::kSuccess &&
                              message->integrity_offset().has_value() && stun::verify_fingerprint(*message);
        if (!consents || check == ours_.end()) return;
        ours_.erase(check); // once
        given_ = now;
    }

    Bucket checks_while_closed;
    /// One of those who have been asked and have not consented, in the account of a user.
    bool is_asked = false;

private:
    using Checks = std::multimap<stun::TransactionId, Instant>;

    static bool is_fresh(Instant made, Instant now) { return now < made + turn::kCheckLifetime; }
    static Checks::iterator find_fresh(Checks& checks, const stun::TransactionId& id, Instant now) {
        const auto [first, last] = checks.equal_range(id);
        const auto found = std::find_if(first, last, [&](const auto& check) { return is_fresh(check.second, now); });
        return found != last ? found : checks.end();
    }
    static std::optional<stun::Message> binding_of(ByteView payload) {
        const auto message = stun::parse_message(payload);
        if (!message || message->method() != stun::Method::kBinding) return std::nullopt;
        return *message;
    }
    // RFC 7983 §7: DTLS, RTP and RTCP.
    static bool is_media(ByteView payload) {
        if (payload.empty()) return false;
        return (payload[0] >= 20 && payload[0] <= 63) || (payload[0] >= 128 && payload[0] <= 191);
    }

    Checks ours_;
    Checks theirs_;
    std::optional<Instant> given_;
    std::size_t unheard_ = 0;
};

/// What has gone one way, held against the class's rates.
class Sent {
public:
    void expect_may_add(Instant now, std::size_t payload, const turn::ClassLimits& limits) {
        bytes_.expect_may_take(now, per_second(limits.bytes_per_second, limits.burst_bytes),
                               payload + turn::kPacketOverhead);
        packets_.expect_may_take(now, per_second(limits.packets_per_second, limits.packets_per_second), 1);
    }

private:
    Bucket bytes_;
    Bucket packets_;
};

/// What all allocations of one user, those that have ended too, may do between them: as much as a quota's number of
/// them that stay.
class UserModel {
public:
    UserModel(const turn::ClassLimits& limits, std::size_t allocations)
        : factor_(static_cast<std::int64_t>(allocations)),
          limits_(limits) {
        limits_.bytes_per_second *= factor_;
        limits_.burst_bytes *= factor_;
        limits_.packets_per_second *= factor_;
    }

    void expect_may_allocate(Instant now) {
        made_.expect_may_take(now, {factor_, turn::kRemakeTime, factor_ * turn::kRemakesAtOnce}, 1);
    }
    void expect_may_permit(Instant now) {
        permitted_.expect_may_take(now, kPeers.new_permission_rate().times(factor_), 1);
    }
    void expect_may_check(Instant now) { checks_.expect_may_take(now, kConsent.allocation_rate().times(factor_), 1); }
    void expect_may_send_closed(Instant now, std::size_t payload) {
        closed_.expect_may_take(now, kConsent.closed_byte_rate().times(factor_), payload);
    }
    void expect_may_ask(Instant now) { asked_.expect_may_take(now, kConsent.asked_rate().times(factor_), 1); }
    void has_consented() { asked_.give_back(1); }
    void expect_may_send(Instant now, std::size_t payload) { to_peers_.expect_may_add(now, payload, limits_); }
    void expect_may_receive(Instant now, std::size_t payload) { to_clients_.expect_may_add(now, payload, limits_); }

private:
    std::int64_t factor_;
    turn::ClassLimits limits_;
    Bucket made_;
    Bucket permitted_;
    Bucket checks_;
    Bucket closed_;
    Bucket asked_;
    Sent to_peers_;
    Sent to_clients_;
};

/// One client's allocation; empty while it has no relay socket.
class AllocationModel {
public:
    std::set<turn::RelaySocket> sockets; // wanted by the machine, opened or not yet
    /// No more has been asked for, nor promised by an answer.
    Instant until;
    bool is_gated = false;
    /// Whose it is; outlives it.
    UserModel* user = nullptr;
    /// The name it was made with, which goes on being good for it.
    std::string name;

    void begin(Instant asked_until, bool gated, UserModel& owner) {
        *this = {};
        until = asked_until;
        is_gated = gated;
        user = &owner;
    }
    /// What hangs on a family ends with its relay socket.
    void end(const turn::RelaySocket& socket) {
        sockets.erase(socket);
        const auto is_of_family = [&](const IpAddress& ip) { return ip.family() == socket.family; };
        std::erase_if(permissions_, [&](const auto& entry) { return is_of_family(entry.first); });
        std::erase_if(channels_, [&](const auto& entry) { return is_of_family(entry.second.peer.ip); });
    }

    void permit(Instant now, const IpAddress& peer) {
        if (!is_permitted(now, peer)) user->expect_may_permit(now);
        permissions_[peer] = now + turn::kPermissionLifetime;
    }
    /// Of addresses that have been denied since.
    template <typename IsDenied>
    void revoke(const IsDenied& is_denied) {
        std::erase_if(permissions_, [&](const auto& entry) { return is_denied(entry.first); });
        std::erase_if(channels_, [&](const auto& entry) { return is_denied(entry.second.peer.ip); });
    }
    void bind(Instant now, std::uint16_t channel, const SocketAddress& peer) {
        channels_[channel] = {peer, now + turn::kChannelLifetime};
        permit(now, peer.ip);
    }
    [[nodiscard]] bool is_permitted(Instant now, const IpAddress& peer) const {
        const auto found = permissions_.find(peer);
        return found != permissions_.end() && found->second > now;
    }
    [[nodiscard]] std::optional<SocketAddress> peer_of(Instant now, std::uint16_t channel) const {
        const auto found = channels_.find(channel);
        if (found == channels_.end() || found->second.expiry <= now) return std::nullopt;
        return found->second.peer;
    }

    void expect_may_send(Instant now, const SocketAddress& peer, ByteView payload, const turn::ClassLimits& limits) {
        VV_ASSERT(!sockets.empty() && peer.port != 0);
        VV_ASSERT(is_permitted(now, peer.ip));
        VV_ASSERT(!is_forbidden(peer.ip));
        if (is_gated) expect_consent(now, peer, payload);
        to_peers_.expect_may_add(now, payload.size(), limits);
        user->expect_may_send(now, payload.size());
    }
    void expect_may_receive(Instant now, const SocketAddress& peer, std::size_t payload,
                            const turn::ClassLimits& limits) {
        VV_ASSERT(!sockets.empty() && peer.port != 0);
        VV_ASSERT(is_permitted(now, peer.ip));
        to_client_.expect_may_add(now, payload, limits);
        user->expect_may_receive(now, payload);
    }
    void hear(Instant now, const SocketAddress& peer, ByteView payload) {
        if (peer.port == 0 || !is_permitted(now, peer.ip)) return;
        PeerConsent& consent = consents_[peer];
        consent.hear(now, payload);
        if (consent.was_ever_open() && std::exchange(consent.is_asked, false)) user->has_consented();
    }
    [[nodiscard]] bool is_open_to(Instant now, const SocketAddress& peer) const {
        const auto found = consents_.find(peer);
        return is_gated && found != consents_.end() && found->second.is_open(now);
    }

    /// Peers that media has just gone to through their gates.
    [[nodiscard]] std::size_t open_peers() const { return open_.size(); }

    void expect_bounded(Instant now) const {
        const auto live = [&](const auto& entry) { return entry.second > now; };
        VV_ASSERT(std::ranges::count_if(permissions_, live) <= static_cast<std::ptrdiff_t>(kPeers.permissions));
        const auto bound = [&](const auto& entry) { return entry.second.expiry > now; };
        VV_ASSERT(std::ranges::count_if(channels_, bound) <= static_cast<std::ptrdiff_t>(kPeers.channels));
        VV_ASSERT(sockets.empty() || until > now);
    }

private:
    struct Channel {
        SocketAddress peer;
        Instant expiry;
    };

    void expect_consent(Instant now, const SocketAddress& peer, ByteView payload) {
        using Passed = PeerConsent::Passed;
        PeerConsent& consent = consents_[peer];
        const bool is_new = !consent.was_ever_open() && !consent.is_checked(now);
        const Passed passed = consent.expect_may_pass(now, payload);
        if (passed == Passed::kMedia) expect_may_be_open(now, peer);
        if (passed == Passed::kOpen || passed == Passed::kMedia) return;
        closed_bytes_.expect_may_take(now, kConsent.closed_byte_rate(), payload.size());
        user->expect_may_send_closed(now, payload.size());
        if (passed == Passed::kAnswer) return;
        user->expect_may_check(now);
        if (is_new) {
            user->expect_may_ask(now);
            consent.is_asked = true;
        }
        consent.checks_while_closed.expect_may_take(now, kConsent.peer_rate(), 1);
        checks_while_closed_.expect_may_take(now, kConsent.allocation_rate(), 1);
        const auto is_asked = [&](const auto& entry) {
            return !entry.second.was_ever_open() && entry.second.is_checked(now);
        };
        VV_ASSERT(std::ranges::count_if(consents_, is_asked) <= static_cast<std::ptrdiff_t>(kConsent.closed_peers));
    }

    // Where media goes the machine's gate is open, which the model's own may be for more. Those that it has gone to at
    // one time are open all at once.
    void expect_may_be_open(Instant now, const SocketAddress& peer) {
        if (std::exchange(open_at_, now) != now) open_.clear();
        open_.insert(peer);
        VV_ASSERT(open_.size() <= turn::kOpenPeersMax);
    }

    std::map<IpAddress, Instant> permissions_; // until
    std::map<std::uint16_t, Channel> channels_;
    std::map<SocketAddress, PeerConsent> consents_;
    Sent to_peers_;
    Sent to_client_;
    Bucket checks_while_closed_;
    Bucket closed_bytes_;
    std::set<SocketAddress> open_;
    Instant open_at_; // all of them
};

} // namespace vv::fuzz
