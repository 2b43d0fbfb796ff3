// What a client asks for (RFC 8656 §7 to §10, §12), what it makes of the
// answers, and which of them it believes.
#include "stun/attributes.h"
#include "stun/binding_server.h"
#include "stun/builder.h"
#include "turn/client.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::turn {
namespace {

using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;

constexpr std::array kUnderstoodInAnswers{AttributeType::kMappedAddress,
                                          AttributeType::kErrorCode,
                                          AttributeType::kUnknownAttributes,
                                          AttributeType::kRealm,
                                          AttributeType::kNonce,
                                          AttributeType::kXorMappedAddress,
                                          AttributeType::kLifetime,
                                          AttributeType::kXorRelayedAddress,
                                          AttributeType::kReservationToken,
                                          AttributeType::kPasswordAlgorithm};

constexpr std::uint16_t number_of(ErrorCode code) {
    return static_cast<std::uint16_t>(code);
}

std::uint16_t error_of(const stun::Message& message) {
    const auto value = message.find(AttributeType::kErrorCode);
    const auto error = value ? stun::parse_error_code(*value) : std::nullopt;
    return error ? error->code : number_of(ErrorCode::kServerError);
}

std::vector<SocketAddress> relayed_of(const stun::Message& message) {
    std::vector<SocketAddress> relayed;
    stun::AttributeReader reader = message.attributes();
    while (const auto attribute = reader.next()) {
        if (attribute->type != AttributeType::kXorRelayedAddress) continue;
        const auto address = stun::parse_xor_address(attribute->value, message.transaction_id());
        if (address) relayed.push_back(*address);
    }
    return relayed;
}

std::optional<std::chrono::seconds> lifetime_of(const stun::Message& message) {
    const auto value = message.find(AttributeType::kLifetime);
    const auto seconds = value ? stun::parse_u32(*value) : std::nullopt;
    return seconds ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt;
}

std::optional<SocketAddress> address_of(const stun::Message& message, AttributeType type) {
    const auto value = message.find(type);
    return value ? stun::parse_xor_address(*value, message.transaction_id()) : std::nullopt;
}

// Some time before its end, and of what lives shortly in its middle.
Duration refresh_after(std::chrono::seconds lifetime) {
    return std::max<Duration>(lifetime - kRefreshAhead, Duration(lifetime) / 2);
}

} // namespace

stun::RequestTiming Client::timing_for(Purpose purpose) const {
    if (is_stream(config_.transport)) return stun::RequestTiming::stream();
    stun::RequestTiming timing = stun::RequestTiming::datagram(round_trip_);
    timing.interval_max = kRequestIntervalMax;
    timing.last_wait_max = kRequestLastWaitMax;
    timing.requests_max = purpose == Purpose::kRelease ? kReleaseRequestsMax : kClientRequestsMax;
    return timing;
}

void Client::ask(Instant now, Purpose purpose, std::size_t index, int challenges) {
    static constexpr std::array kMethods{stun::Method::kAllocate, stun::Method::kRefresh, stun::Method::kRefresh,
                                         stun::Method::kCreatePermission, stun::Method::kChannelBind};
    const stun::TransactionId id(rng_.bytes<stun::kTransactionIdSize>());
    ByteBuffer bytes;
    MessageBuilder builder(bytes, kMethods.at(static_cast<std::size_t>(purpose)), stun::MessageClass::kRequest, id);
    write_request(builder, purpose, index);
    const bool is_signed = credentials_.is_ready();
    if (is_signed) credentials_.sign(builder);
    pending_.push_back({purpose, index, is_signed, challenges, {now, id, std::move(bytes), timing_for(purpose)}});
}

void Client::write_request(MessageBuilder& builder, Purpose purpose, std::size_t index) const {
    switch (purpose) {
    case Purpose::kAllocate:
        builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
        if (config_.family) {
            builder.add_u8_padded(AttributeType::kRequestedAddressFamily, stun::family_number(*config_.family));
        }
        if (config_.dual) builder.add_u8_padded(AttributeType::kAdditionalAddressFamily, stun::kFamilyIpv6);
        // It makes a first request long enough for servers whose challenge is never longer than some times that, and
        // which leave the offer of the newer hash out of it otherwise.
        builder.add_text(AttributeType::kSoftware, kClientSoftware);
        return;
    case Purpose::kRefresh:
        return;
    case Purpose::kRelease:
        builder.add_u32(AttributeType::kLifetime, 0);
        return;
    case Purpose::kPermission:
        builder.add_xor_address(AttributeType::kXorPeerAddress, {permissions_[index].peer, 0});
        return;
    case Purpose::kChannel:
        builder.add_u16_padded(AttributeType::kChannelNumber, Channel::number_of(index).value())
            .add_xor_address(AttributeType::kXorPeerAddress, channels_[index].peer.value());
        return;
    }
}

// RFC 8489 §9.2.5: what comes without integrity, or with a wrong one, has not come. Only an answer that says that the
// request could not be read, or asks for credentials, cannot have any.
bool Client::is_credible(const Pending& request, const stun::Message& message, std::uint16_t code) const {
    const bool comes_unsigned = code == number_of(ErrorCode::kBadRequest) ||
                                code == number_of(ErrorCode::kUnauthenticated) ||
                                code == number_of(ErrorCode::kStaleNonce);
    return !request.is_signed || comes_unsigned || credentials_.verifies(message);
}

void Client::handle_answer(Instant now, const stun::Message& message) {
    const auto found =
        std::ranges::find_if(pending_, [&](const Pending& request) { return request.transaction.is_answer(message); });
    if (found == pending_.end()) return;
    const bool is_error = message.message_class() == stun::MessageClass::kError;
    const std::uint16_t code = is_error ? error_of(message) : std::uint16_t{0};
    if (!is_credible(*found, message, code)) return;
    const bool is_challenge = code == number_of(ErrorCode::kStaleNonce) ||
                              (code == number_of(ErrorCode::kUnauthenticated) && !found->is_signed);
    if (is_challenge && !credentials_.handle_challenge(message)) return;
    if (const auto sample = found->transaction.round_trip(now)) round_trip_.handle_sample(*sample);
    const Pending request = std::move(*found);
    pending_.erase(found);
    const bool is_wanted = !is_closing_ || request.purpose == Purpose::kRelease;
    if (is_challenge && is_wanted && request.challenges < kChallengesMax) {
        ask(now, request.purpose, request.index, request.challenges + 1);
    } else if (is_error) {
        handle_error(now, request, message, code);
    } else if (!stun::unknown_attributes(message, kUnderstoodInAnswers).empty()) {
        handle_refusal(now, request.purpose, request.index, number_of(ErrorCode::kUnknownAttribute)); // RFC 8489 §6.3.3
    } else {
        handle_success(now, request, message);
    }
    ask_what_is_due(now); // there is room now
}

void Client::handle_success(Instant now, const Pending& request, const stun::Message& message) {
    switch (request.purpose) {
    case Purpose::kAllocate:
        return handle_allocated(now, message);
    case Purpose::kRefresh:
        return handle_refreshed(now, message);
    case Purpose::kRelease:
        return end(release_why_);
    case Purpose::kPermission: {
        Permission& permission = permissions_[request.index];
        permission.ask_at = now + refresh_after(kPermissionLifetime);
        if (!std::exchange(permission.is_granted, true)) events_.emplace_back(PermissionGranted{permission.peer});
        return;
    }
    case Purpose::kChannel: {
        Channel& channel = channels_[request.index];
        channel.ask_at = now + refresh_after(kChannelLifetime);
        if (!std::exchange(channel.is_bound, true)) events_.emplace_back(ChannelBound{channel.peer});
        return;
    }
    }
}

bool Client::grants_what_was_asked(const std::vector<SocketAddress>& relayed) const {
    const auto count = [&](AddressFamily family) {
        return std::ranges::count_if(relayed, [&](const SocketAddress& a) { return a.ip.family() == family; });
    };
    const bool has_port = std::ranges::all_of(relayed, [](const SocketAddress& a) { return a.port != 0; });
    if (relayed.empty() || !has_port) return false;
    if (config_.dual) return count(AddressFamily::kIpv4) <= 1 && count(AddressFamily::kIpv6) <= 1;
    return relayed.size() == 1 && relayed[0].ip.family() == config_.family.value_or(AddressFamily::kIpv4);
}

// RFC 8656 §7.3.
void Client::handle_allocated(Instant now, const stun::Message& message) {
    const auto lifetime = lifetime_of(message);
    const auto mapped = address_of(message, AttributeType::kXorMappedAddress);
    std::vector<SocketAddress> relayed = relayed_of(message);
    if (is_closing_) return release(now, Ended::Why::kClosed);
    if (!lifetime || lifetime->count() == 0 || !mapped || !grants_what_was_asked(relayed)) {
        return release(now, Ended::Why::kUnusable);
    }
    state_ = State::kAllocated;
    relayed_ = std::move(relayed);
    refresh_at_ = now + refresh_after(*lifetime);
    if (!is_stream(config_.transport)) keepalive_at_ = now + kKeepaliveInterval;
    events_.emplace_back(Allocated{relayed_, *mapped});
}

void Client::handle_refreshed(Instant now, const stun::Message& message) {
    const auto lifetime = lifetime_of(message);
    if (!lifetime || lifetime->count() == 0) return end(Ended::Why::kUnusable);
    refresh_at_ = now + refresh_after(*lifetime);
}

void Client::handle_error(Instant now, const Pending& request, const stun::Message& message, std::uint16_t code) {
    if (code == number_of(ErrorCode::kTryAlternate) && follow_alternate(now, request, message)) return;
    handle_refusal(now, request.purpose, request.index, code);
}

// RFC 8489 §10: one of the same family, and not for ever from one to the next.
bool Client::follow_alternate(Instant now, const Pending& request, const stun::Message& message) {
    const auto value = message.find(AttributeType::kAlternateServer);
    const auto server = value ? stun::parse_address(*value) : std::nullopt;
    const bool may_follow = request.purpose == Purpose::kAllocate && !is_closing_ && server && server->port != 0 &&
                            server->ip.family() == config_.server.ip.family() && *server != config_.server &&
                            alternates_ < kAlternatesMax;
    if (!may_follow) return false;
    ++alternates_;
    config_.server = *server;
    credentials_.forget();
    round_trip_ = {};
    if (is_stream(config_.transport)) {
        framer_ = {};
        state_ = State::kIdle;
        events_.emplace_back(TryAlternate{*server});
    } else {
        ask(now, Purpose::kAllocate);
    }
    return true;
}

// What takes the relay away ends everything; what is about one peer is about that alone.
void Client::handle_refusal(Instant now, Purpose purpose, std::size_t index, std::uint16_t code) {
    const bool has_no_relay =
        code == number_of(ErrorCode::kAllocationMismatch) || code == number_of(ErrorCode::kWrongCredentials) ||
        code == number_of(ErrorCode::kUnauthenticated) || code == number_of(ErrorCode::kStaleNonce);
    if (purpose == Purpose::kRelease) return end(release_why_);
    if (purpose == Purpose::kAllocate || purpose == Purpose::kRefresh || has_no_relay) {
        return end(Ended::Why::kRefused, code);
    }
    if (purpose == Purpose::kChannel) {
        channels_[index].is_bound = false;                                // Send indications do as well
        channels_[index].free_at = now + kChannelLifetime + kChannelRest; // the server may have it bound all the same
        return;
    }
    permissions_[index].is_granted = false;
    events_.emplace_back(PermissionRefused{permissions_[index].peer, code});
}

void Client::handle_no_answer(Instant now, Purpose purpose, std::size_t index) {
    switch (purpose) {
    case Purpose::kAllocate:
    case Purpose::kRefresh:
        return end(Ended::Why::kNoAnswer);
    case Purpose::kRelease:
        return end(release_why_);
    case Purpose::kPermission:
    case Purpose::kChannel:
        return handle_refusal(now, purpose, index, 0);
    }
}

} // namespace vv::turn
