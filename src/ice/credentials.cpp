#include "ice/credentials.h"

#include "base/encoding.h"
#include "ice/limits.h"

#include <algorithm>

namespace vv::ice {
namespace {

constexpr std::size_t kUfragSizeMin = 4;
constexpr std::size_t kPasswordSizeMin = 22;

bool is_ice_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

bool has_size(std::string_view text, std::size_t min) {
    return text.size() >= min && text.size() <= kCredentialSizeMax;
}

} // namespace

bool is_ice_text(std::string_view text) {
    return std::ranges::all_of(text, is_ice_char);
}

// Base64 has the alphabet of ice-chars, and multiples of three bytes need no padding.
Credentials make_credentials(Rng& rng) {
    Credentials made;
    made.ufrag = base64_encode(rng.bytes<6>());
    made.password = base64_encode(rng.bytes<18>());
    return made;
}

bool are_valid(const Credentials& credentials) {
    return has_size(credentials.ufrag, kUfragSizeMin) && has_size(credentials.password, kPasswordSizeMin) &&
           is_ice_text(credentials.ufrag) && is_ice_text(credentials.password);
}

} // namespace vv::ice
