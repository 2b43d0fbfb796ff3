// The requests of RFC 8656 §7 (Allocate), §8 (Refresh), §10 (CreatePermission)
// and §12 (ChannelBind), in the order of checks the RFC gives.
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "turn/server.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::Message;
using stun::Method;

// PASSWORD-ALGORITHM stands last: it is understood only where it was offered.
constexpr std::array kUnderstood{AttributeType::kUsername,
                                 AttributeType::kUserhash,
                                 AttributeType::kRealm,
                                 AttributeType::kNonce,
                                 AttributeType::kChannelNumber,
                                 AttributeType::kLifetime,
                                 AttributeType::kXorPeerAddress,
                                 AttributeType::kData,
                                 AttributeType::kEvenPort,
                                 AttributeType::kRequestedAddressFamily,
                                 AttributeType::kReservationToken,
                                 AttributeType::kRequestedTransport,
                                 AttributeType::kDontFragment,
                                 AttributeType::kPasswordAlgorithm};
constexpr std::span kUnderstoodWithoutOffer = std::span(kUnderstood).first<kUnderstood.size() - 1>();

bool is_turn_request(Method method) {
    return method == Method::kAllocate || method == Method::kRefresh || method == Method::kCreatePermission ||
           method == Method::kChannelBind;
}

// Seconds in LIFETIME, or the default where there is none. Nothing if it is malformed.
std::optional<std::uint32_t> parse_lifetime(const Message& message) {
    const auto value = message.find(AttributeType::kLifetime);
    return value ? stun::parse_u32(*value) : static_cast<std::uint32_t>(kLifetimeDefault.count());
}

// All peers of a CreatePermission; nothing if there is none or one is malformed.
std::optional<std::vector<SocketAddress>> parse_peers(const Message& message) {
    std::vector<SocketAddress> peers;
    stun::AttributeReader reader = message.attributes();
    while (const auto attribute = reader.next()) {
        if (attribute->type != AttributeType::kXorPeerAddress) continue;
        const auto peer = stun::parse_xor_address(attribute->value, message.transaction_id());
        if (!peer) return std::nullopt;
        peers.push_back(*peer);
    }
    if (peers.empty()) return std::nullopt;
    return peers;
}

struct Binding {
    ChannelNumber channel;
    PeerAddress peer;
};

std::optional<Binding> parse_binding(const Message& message, std::uint16_t last_channel) {
    const auto number_value = message.find(AttributeType::kChannelNumber);
    const auto peer_value = message.find(AttributeType::kXorPeerAddress);
    if (!number_value || !peer_value) return std::nullopt;
    const auto number = stun::parse_u16_padded(*number_value);
    const auto peer = stun::parse_xor_address(*peer_value, message.transaction_id());
    if (!number || !is_channel_number(*number, last_channel) || !peer || peer->port == 0) return std::nullopt;
    return Binding{ChannelNumber(*number), PeerAddress(*peer)};
}

std::optional<AddressFamily> to_family(std::uint8_t number) {
    if (number == stun::kFamilyIpv4) return AddressFamily::kIpv4;
    if (number == stun::kFamilyIpv6) return AddressFamily::kIpv6;
    return std::nullopt;
}

} // namespace

Action Server::handle_binding(Instant now, const FiveTuple& from, const Message& message) {
    if (!stun::answer_binding(message, from.client, reply_)) return drop(counters_.dropped_unexpected);
    if (!strangers_.admit(now, StrangerLimit::kBindings, from.client.value().ip))
        return drop(counters_.dropped_reply_limit);
    ++counters_.bindings_answered;
    return Reply{reply_};
}

Action Server::handle_request(Instant now, WallTime wall, const FiveTuple& from, const Message& message) {
    if (!is_turn_request(message.method())) return drop(counters_.dropped_unexpected);
    const Allocation* allocation = find_by_path(from);
    if (!may_be_checked(now, from, message, allocation != nullptr)) return drop(counters_.dropped_reply_limit);
    std::optional<StandingKey> standing;
    if (allocation != nullptr) standing = allocation->standing_key();
    const auto caller = authenticator_.authenticate(now, from.client, message, standing ? &*standing : nullptr);
    if (caller) return handle_authenticated({now, wall, from, message, *caller});
    switch (caller.error()) {
    case AuthError::kBadRequest:
        return challenge(now, from, message, ErrorCode::kBadRequest);
    case AuthError::kStaleNonce:
        return challenge(now, from, message, ErrorCode::kStaleNonce);
    case AuthError::kWrongPassword:
        guesses_.take(now, from.client.value());
        (void)strangers_.admit(now, StrangerLimit::kGuesses, from.client.value().ip);
        ++counters_.passwords_wrong;
        commands_.emplace_back(AuthRefused{from, AuthRefused::Why::kPassword});
        break;
    case AuthError::kUnknownName:
        ++counters_.names_unknown;
        commands_.emplace_back(AuthRefused{from, AuthRefused::Why::kName});
        break;
    case AuthError::kNameless: // no guess: whoever made it knows the secret
        ++counters_.names_missing;
        commands_.emplace_back(AuthRefused{from, AuthRefused::Why::kNameless});
        break;
    case AuthError::kNoCredentials:
        break;
    }
    return challenge(now, from, message, ErrorCode::kUnauthenticated);
}

// Of two bounds on guesses the one by address holds for newcomers only: who has an allocation must not lose it to a
// neighbour who guesses. What has no integrity is no guess, and has its own rate.
bool Server::may_be_checked(Instant now, const FiveTuple& from, const Message& message, bool has_allocation) const {
    if (!guesses_.has_room(now, from.client.value())) return false;
    const bool is_guess = message.integrity_offset() || message.integrity_sha256_offset();
    return !is_guess || has_allocation || strangers_.has_room(now, StrangerLimit::kGuesses, from.client.value().ip);
}

Action Server::handle_authenticated(const Request& request) {
    const auto unknown = request.caller.has_algorithm
                             ? stun::unknown_attributes(request.message, kUnderstood)
                             : stun::unknown_attributes(request.message, kUnderstoodWithoutOffer);
    if (!unknown.empty()) return refuse_unknown(request, unknown);
    if (request.message.method() == Method::kAllocate) return handle_allocate(request);
    Allocation* allocation = find_by_path(request.from);
    if (allocation == nullptr || !allocation->is_open) return refuse(request, ErrorCode::kAllocationMismatch);
    if (allocation->username != request.caller.username) return refuse(request, ErrorCode::kWrongCredentials);
    if (request.message.method() == Method::kRefresh) return handle_refresh(request, *allocation);
    if (request.message.method() == Method::kChannelBind) return handle_channel_bind(request, *allocation);
    return handle_create_permission(request, *allocation);
}

std::optional<AuthRefused::Why> Server::judge_time(const Request& request) {
    const auto expiry = request.caller.expiry;
    if (expiry && *expiry <= request.wall) {
        ++counters_.credentials_expired;
        return AuthRefused::Why::kExpired;
    }
    if (expiry && *expiry - request.wall > config_.credential_ttl_max) {
        ++counters_.credentials_too_long;
        return AuthRefused::Why::kTooLong;
    }
    return std::nullopt;
}

// RFC 8656 §7.2 steps 5 and 8.
std::optional<ErrorCode> Server::parse_port_wish(const Message& message, Wish& wish) {
    const auto even_port = message.find(AttributeType::kEvenPort);
    if (const auto value = message.find(AttributeType::kReservationToken)) {
        wish.token = stun::parse_reservation_token(*value);
        const bool says_more = even_port || message.has(AttributeType::kRequestedAddressFamily) || wish.is_dual;
        if (!wish.token || says_more) return ErrorCode::kBadRequest;
        wish.port = PortWish::kReserved;
    }
    if (even_port) {
        const auto reserves_next = stun::parse_even_port(*even_port);
        if (!reserves_next || (*reserves_next && wish.is_dual)) return ErrorCode::kBadRequest;
        wish.port = *reserves_next ? PortWish::kPair : PortWish::kEven;
    }
    return std::nullopt;
}

// RFC 8656 §7.2, from step 3 on.
Result<Server::Wish, ErrorCode> Server::parse_wish(const Message& message) const {
    const auto transport_value = message.find(AttributeType::kRequestedTransport);
    const auto transport = transport_value ? stun::parse_requested_transport(*transport_value) : std::nullopt;
    if (!transport) return Failure<ErrorCode>(ErrorCode::kBadRequest);
    if (*transport != stun::kTransportUdp) return Failure<ErrorCode>(ErrorCode::kUnsupportedTransport);
    const auto requested = message.find(AttributeType::kRequestedAddressFamily);
    const auto additional = message.find(AttributeType::kAdditionalAddressFamily);
    if (requested && additional) return Failure<ErrorCode>(ErrorCode::kBadRequest);
    Wish wish;
    if (requested) {
        const auto number = stun::parse_family(*requested);
        if (!number) return Failure<ErrorCode>(ErrorCode::kBadRequest);
        const auto family = to_family(*number);
        if (!family) return Failure<ErrorCode>(ErrorCode::kAddressFamilyNotSupported);
        wish.family = *family;
    }
    if (additional) {
        if (stun::parse_family(*additional) != stun::kFamilyIpv6) return Failure<ErrorCode>(ErrorCode::kBadRequest);
        wish.is_dual = true;
    }
    // A reserved port has a family of its own, and nobody may name it (step 5). Who wants both families gets the one
    // there is (step 9).
    const bool may_lack_family = wish.is_dual || message.has(AttributeType::kReservationToken);
    if (!may_lack_family && !relay_address(wish.family)) {
        return Failure<ErrorCode>(ErrorCode::kAddressFamilyNotSupported);
    }
    if (const auto error = parse_port_wish(message, wish)) return Failure<ErrorCode>(*error);
    const auto lifetime = parse_lifetime(message);
    if (!lifetime) return Failure<ErrorCode>(ErrorCode::kBadRequest);
    wish.lifetime_seconds = *lifetime;
    return wish;
}

Action Server::handle_allocate(const Request& request) {
    if (const Allocation* standing = find_by_path(request.from)) {
        const bool same =
            standing->request_id == request.message.transaction_id() && standing->username == request.caller.username;
        if (!same) return refuse(request, ErrorCode::kAllocationMismatch);
        if (!standing->is_open) return Ignore{}; // the answer to the first one is on its way
        write_allocate_success(request.now, *standing, reply_);
        return Reply{reply_};
    }
    if (const auto why = judge_time(request)) {
        commands_.emplace_back(AuthRefused{request.from, *why});
        return challenge(request.now, request.from, request.message, ErrorCode::kUnauthenticated);
    }
    const auto wish = parse_wish(request.message);
    if (!wish) return refuse(request, wish.error());
    if (is_stopping_) {
        ++counters_.refused_draining;
        return refuse(request, ErrorCode::kInsufficientCapacity);
    }
    const QuotaGrant grant = quota_.take(request.now, request.caller.user, request.from.client.value().ip);
    switch (grant.verdict) {
    case QuotaVerdict::kTaken:
        return create_allocation(request, *wish, grant.spent);
    case QuotaVerdict::kTotalFull:
        ++counters_.total_reached;
        return refuse(request, ErrorCode::kInsufficientCapacity);
    case QuotaVerdict::kUserFull:
        ++counters_.user_reached;
        break;
    case QuotaVerdict::kSourceFull:
        ++counters_.source_reached;
        break;
    case QuotaVerdict::kNamelessFull:
        ++counters_.nameless_reached;
        break;
    case QuotaVerdict::kTooOften:
        ++counters_.made_too_often;
        break;
    }
    return refuse(request, ErrorCode::kAllocationQuotaReached);
}

Instant Server::expiry_after(Instant now, std::uint32_t seconds, Instant life_end) {
    const std::chrono::seconds wished(seconds);
    return std::min(now + std::clamp(wished, kLifetimeDefault, kLifetimeMax), life_end);
}

Action Server::create_allocation(const Request& request, const Wish& wish, const Spent& spent) {
    const Caller& caller = request.caller;
    auto owned = place_in<Allocation>(memory_, memory_);
    Allocation& allocation = *owned;
    allocation.id = next_id_++;
    allocation.path = request.from;
    // Of both families that were asked for, the one there is.
    allocation.relay.family = wish.is_dual && !config_.ipv4 ? AddressFamily::kIpv6 : wish.family;
    allocation.username = caller.username;
    allocation.user = caller.user;
    allocation.credential_class = caller.credential_class;
    allocation.consent = caller.consent;
    allocation.request_id = request.message.transaction_id();
    allocation.style = caller.style;
    allocation.resume(spent);
    allocation.port_wish = wish.port;
    allocation.port_attempts_left = kPortAttemptsMax;
    const std::chrono::seconds life_max = limits(allocation.credential_class).life_max;
    allocation.life_end = request.now + std::min(caller.cap.value_or(life_max), life_max);
    const bool assigned =
        wish.token ? assign_reserved(allocation, *wish.token) : assign_port(request.now, allocation, allocation.relay);
    if (!assigned) {
        give_back_quota(request.now, allocation.user, request.from.client.value().ip, spent);
        return refuse(request, ErrorCode::kInsufficientCapacity);
    }
    allocation.sockets_pending = 1;
    if (wish.is_dual) assign_second(request.now, allocation);
    allocations_.emplace(request.from, std::move(owned));
    ++counters_.allocations_live;
    set_expiry(allocation, std::nullopt, expiry_after(request.now, wish.lifetime_seconds, allocation.life_end));
    return Ignore{}; // answered once the driver has bound the port
}

Action Server::handle_refresh(const Request& request, Allocation& allocation) {
    std::optional<AddressFamily> family; // nothing: all the allocation has
    if (const auto value = request.message.find(AttributeType::kRequestedAddressFamily)) {
        const auto number = stun::parse_family(*value);
        if (!number) return refuse(request, ErrorCode::kBadRequest);
        family = to_family(*number);
        if (!family || allocation.relay_of(*family) == nullptr) {
            return refuse(request, ErrorCode::kPeerAddressFamilyMismatch);
        }
    }
    const auto lifetime = parse_lifetime(request.message);
    if (!lifetime) return refuse(request, ErrorCode::kBadRequest);
    if (*lifetime == 0) {
        if (family) {
            end_family(request.now, allocation, *family);
        } else {
            remove(request.now, allocation);
        }
        return confirm(request, std::chrono::seconds(0));
    }
    const Instant expiry = expiry_after(request.now, *lifetime, allocation.life_end);
    set_expiry(allocation, family, expiry);
    return confirm(request, std::chrono::ceil<std::chrono::seconds>(expiry - request.now));
}

std::optional<ErrorCode> Server::judge_peer(const Allocation& allocation, const SocketAddress& peer,
                                            bool with_port) const {
    if (allocation.relay_of(peer.ip.family()) == nullptr) return ErrorCode::kPeerAddressFamilyMismatch;
    if (!with_port && hears_itself(allocation, peer.ip)) return std::nullopt;
    const bool permitted = with_port ? policy_.permits(peer) : policy_.permits_address(peer.ip);
    const bool in_class = !limits(allocation.credential_class).own_relays_only || policy_.is_own_relay_address(peer.ip);
    if (!permitted || !in_class) return ErrorCode::kForbidden;
    return std::nullopt;
}

// Whatever kind of address that is, and whoever else has it: nothing is ever sent there.
bool Server::hears_itself(const Allocation& allocation, const IpAddress& peer) const {
    return limits(allocation.credential_class).own_relays_only && peer == allocation.path.client.value().ip.unmapped();
}

Action Server::handle_create_permission(const Request& request, Allocation& allocation) {
    const auto peers = parse_peers(request.message);
    if (!peers) return refuse(request, ErrorCode::kBadRequest);
    std::vector<IpAddress> addresses;
    for (const SocketAddress& peer : *peers) {
        if (const auto error = judge_peer(allocation, peer, false)) return refuse(request, *error);
        addresses.push_back(peer.ip);
    }
    if (!allocation.peers.grant(request.now, config_.peers, addresses))
        return refuse(request, ErrorCode::kInsufficientCapacity);
    return confirm(request, std::nullopt);
}

Action Server::handle_channel_bind(const Request& request, Allocation& allocation) {
    const auto binding = parse_binding(request.message, last_channel());
    if (!binding) return refuse(request, ErrorCode::kBadRequest);
    if (const auto error = judge_peer(allocation, binding->peer.value(), true)) return refuse(request, *error);
    switch (allocation.peers.bind(request.now, config_.peers, binding->channel, binding->peer)) {
    case PeerTable::BindResult::kBound:
        return confirm(request, std::nullopt);
    case PeerTable::BindResult::kConflict:
        return refuse(request, ErrorCode::kBadRequest);
    case PeerTable::BindResult::kFull:
        break;
    }
    return refuse(request, ErrorCode::kInsufficientCapacity);
}

} // namespace vv::turn
