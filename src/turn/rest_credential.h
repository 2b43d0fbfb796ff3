// Credentials that need no database: the user name says how long and for what
// it may be used, and the password is an HMAC over it under a secret that the
// signaling server and the relay share (draft-uberti-behave-turn-rest-00).
//
//   expiry:cap.class.leg   ours: 1767225600:3600.call.q83vASNFZ4k
//   expiry:anything        what other applications make: class call, the relay's own cap
//   expiry                 the same, from those that name nobody, such as Prosody; only under a
//                          secret whose peers need not consent (Secret), with a quota of their own
//
// expiry is in Unix seconds, cap is the most seconds an allocation may live,
// class is `call` or `probe`, leg names one end of one call (base64url).
#pragma once

#include "base/bytes.h"
#include "base/instant.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::turn {

enum class CredentialClass : std::uint8_t {
    kCall,  ///< relays for one leg of a call
    kProbe, ///< to try the relay with: short, slow, our own addresses only (ClassLimits::own_relays_only)
};

struct RestName {
    WallTime expiry;
    /// The most an allocation may live; absent in a plain name.
    std::optional<std::chrono::seconds> cap;
    CredentialClass credential_class = CredentialClass::kCall;
    /// What quotas count by: everything behind the first colon; empty for a name that names nobody. Points into the
    /// parsed text.
    std::string_view user;
};

/// Nothing unless it is 1 to 11 digits, or those and a colon with something behind it. A name of our own
/// shape with a class we do not know is refused too: it may mean fewer rights than any we would give.
[[nodiscard]] std::optional<RestName> parse_rest_name(std::string_view name);

struct RestCredential {
    std::string username;
    std::string password;
};

/// cap: 1 to 999 999 999 s. leg: 1 to 64 characters of base64url.
[[nodiscard]] RestCredential make_rest_credential(ByteView secret, WallTime expiry, std::chrono::seconds cap,
                                                  CredentialClass credential_class, std::string_view leg);

/// base64(HMAC-SHA1(secret, username)).
[[nodiscard]] std::string rest_password(ByteView secret, std::string_view username);

} // namespace vv::turn
