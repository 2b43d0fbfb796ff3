// The short-term credentials of one generation of ICE (RFC 8445 §5.3): each end
// makes a pair, tells it to the other, and a restart makes new ones.
#pragma once

#include "base/bytes.h"
#include "base/rng.h"

#include <string>
#include <string_view>

namespace vv::ice {

struct Credentials {
    std::string ufrag;
    std::string password;

    [[nodiscard]] ByteView key() const { return as_bytes(password); }

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// 48 random bits of name, so that one end is hardly met twice, and 144 of password.
[[nodiscard]] Credentials make_credentials(Rng& rng);

/// RFC 8839 §5.4: ice-chars only, a name of at least 4 and a password of at least 22.
[[nodiscard]] bool are_valid(const Credentials& credentials);

/// ALPHA / DIGIT / "+" / "/" (RFC 8839 §5.1).
[[nodiscard]] bool is_ice_text(std::string_view text);

} // namespace vv::ice
