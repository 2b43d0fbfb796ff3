#include "turn/client_credentials.h"

#include "stun/attributes.h"
#include "stun/integrity.h"
#include "turn/nonce.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::turn {
namespace {

using stun::AttributeType;

constexpr std::uint32_t kBase64Digit = 64;

// The four digits behind the cookie are 24 bits in base64 (RFC 8489 §9.2); what is none of them promises nothing.
std::optional<std::uint32_t> base64_digit(char c) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kAlphabet.find(c);
    return digit != std::string_view::npos ? std::optional(static_cast<std::uint32_t>(digit)) : std::nullopt;
}

SecurityFeatures features_of(std::string_view nonce) {
    if (!nonce.starts_with(kNonceCookie) || nonce.size() < kNonceCookie.size() + kFeaturesSize) return 0;
    SecurityFeatures features = 0;
    for (const char c : nonce.substr(kNonceCookie.size(), kFeaturesSize)) {
        const auto digit = base64_digit(c);
        if (!digit) return 0;
        features = features * kBase64Digit + *digit;
    }
    return features;
}

// The first of the server's that we know, since the order is its preference (RFC 8489 §14.11).
std::optional<PasswordHash> choose(const std::vector<stun::PasswordAlgorithm>& algorithms) {
    for (const stun::PasswordAlgorithm& algorithm : algorithms) {
        if (!algorithm.parameters.empty()) continue;
        if (algorithm.number == stun::kPasswordSha256) return PasswordHash::kSha256;
        if (algorithm.number == stun::kPasswordMd5) return PasswordHash::kMd5;
    }
    return std::nullopt;
}

} // namespace

std::optional<ClientCredentials::Offer> ClientCredentials::parse_offer(const stun::Message& challenge) {
    const auto realm = challenge.find(AttributeType::kRealm);
    const auto nonce = challenge.find(AttributeType::kNonce);
    const bool fits = realm && nonce && realm->size() <= stun::kRealmSizeMax && nonce->size() <= stun::kNonceSizeMax;
    if (!fits) return std::nullopt;
    Offer offer;
    offer.realm = as_text(*realm);
    offer.nonce = as_text(*nonce);
    const SecurityFeatures features = features_of(offer.nonce);
    offer.hides_name = (features & kUsernameAnonymityFeature) != 0;
    if ((features & kPasswordAlgorithmsFeature) == 0) return offer;
    // RFC 8489 §9.2.5: the nonce, which nobody but the server can make, promises the list. Where it is missing,
    // somebody has taken it out.
    const auto list = challenge.find(AttributeType::kPasswordAlgorithms);
    const auto algorithms = list ? stun::parse_password_algorithms(*list) : std::nullopt;
    const auto hash = algorithms ? choose(*algorithms) : std::nullopt;
    if (!hash) return std::nullopt;
    offer.algorithms.assign(list->begin(), list->end());
    offer.hash = *hash;
    return offer;
}

bool ClientCredentials::handle_challenge(const stun::Message& challenge) {
    auto offer = parse_offer(challenge);
    if (!offer) return false;
    // Nor is a later challenge allowed less than the first one: who agreed on the newer hash can do it still.
    const bool is_weaker = key_ && !offer_.algorithms.empty() && offer->algorithms.empty();
    if (is_weaker || (hash() == PasswordHash::kSha256 && offer->hash == PasswordHash::kMd5)) return false;
    const bool is_same_key = key_ && offer->hash == key_->hash() && offer->realm == offer_.realm;
    if (!is_same_key) key_.emplace(offer->hash, username_, offer->realm, password_.text());
    offer_ = std::move(*offer);
    return true;
}

void ClientCredentials::forget() {
    offer_ = {};
    key_.reset();
}

void ClientCredentials::sign(stun::MessageBuilder& request) const {
    VV_ASSERT(key_.has_value());
    if (offer_.hides_name) {
        request.add(AttributeType::kUserhash, stun::userhash(username_, offer_.realm));
    } else {
        request.add_text(AttributeType::kUsername, username_);
    }
    request.add_text(AttributeType::kRealm, offer_.realm).add_text(AttributeType::kNonce, offer_.nonce);
    if (offer_.algorithms.empty()) {
        request.add_message_integrity(key_->view());
        return;
    }
    const std::uint16_t number = offer_.hash == PasswordHash::kSha256 ? stun::kPasswordSha256 : stun::kPasswordMd5;
    request.add(AttributeType::kPasswordAlgorithms, offer_.algorithms)
        .add_u32(AttributeType::kPasswordAlgorithm, std::uint32_t{number} << 16U)
        .add_message_integrity_sha256(key_->view());
}

bool ClientCredentials::verifies(const stun::Message& answer) const {
    if (!key_) return false;
    return offer_.algorithms.empty() ? stun::verify_message_integrity(answer, key_->view())
                                     : stun::verify_message_integrity_sha256(answer, key_->view());
}

} // namespace vv::turn
