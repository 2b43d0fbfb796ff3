#include "turn/rest_credential.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hmac.h"

#include <algorithm>
#include <charconv>

namespace vv::turn {
namespace {

constexpr std::size_t kExpiryDigitsMax = 11; // until the year 5138; keeps every sum far from overflow
constexpr std::size_t kCapDigitsMax = 9;
constexpr std::size_t kLegSizeMax = 64;
constexpr std::string_view kCallName = "call";
constexpr std::string_view kProbeName = "probe";

std::optional<std::int64_t> parse_digits(std::string_view text, std::size_t digits_max) {
    const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (text.empty() || text.size() > digits_max || !digits) return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_base64url(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_class_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_leg(std::string_view text) {
    return !text.empty() && text.size() <= kLegSizeMax && std::ranges::all_of(text, is_base64url);
}

struct OwnShape {
    std::int64_t cap;
    std::string_view class_name;
};

// cap "." class "." leg, whatever the class.
std::optional<OwnShape> parse_own_shape(std::string_view text) {
    const std::size_t first = text.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto cap = parse_digits(text.substr(0, first), kCapDigitsMax);
    const std::string_view class_name = text.substr(first + 1, second - first - 1);
    if (!cap || *cap == 0 || !is_class_name(class_name) || !is_leg(text.substr(second + 1))) return std::nullopt;
    return OwnShape{*cap, class_name};
}

} // namespace

std::optional<RestName> parse_rest_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    const auto expiry = parse_digits(name.substr(0, colon), kExpiryDigitsMax);
    if (!expiry) return std::nullopt;
    RestName parsed;
    parsed.expiry = WallTime(WallClock::duration(*expiry));
    if (colon == std::string_view::npos) return parsed;
    parsed.user = name.substr(colon + 1);
    if (parsed.user.empty()) return std::nullopt;
    const auto own = parse_own_shape(parsed.user);
    if (!own) return parsed;
    parsed.cap = std::chrono::seconds(own->cap);
    if (own->class_name == kProbeName) {
        parsed.credential_class = CredentialClass::kProbe;
    } else if (own->class_name != kCallName) {
        return std::nullopt;
    }
    return parsed;
}

RestCredential make_rest_credential(ByteView secret, WallTime expiry, std::chrono::seconds cap,
                                    CredentialClass credential_class, std::string_view leg) {
    VV_ASSERT(cap.count() > 0 && cap.count() <= 999'999'999 && is_leg(leg));
    const std::string_view class_name = credential_class == CredentialClass::kProbe ? kProbeName : kCallName;
    RestCredential credential;
    credential.username = std::to_string(expiry.time_since_epoch().count()) + ":" + std::to_string(cap.count()) + "." +
                          std::string(class_name) + "." + std::string(leg);
    credential.password = rest_password(secret, credential.username);
    return credential;
}

std::string rest_password(ByteView secret, std::string_view username) {
    return base64_encode(crypto::hmac_sha1(secret, as_bytes(username)));
}

} // namespace vv::turn
