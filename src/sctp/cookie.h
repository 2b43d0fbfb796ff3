// The state cookie (RFC 9260 §5.1.3): what a peer said of itself in its INIT, given
// back to it under a keyed digest, so that an INIT alone takes no memory here and
// nobody can make up an association that was never asked for.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/rng.h"
#include "crypto/hash.h"
#include "sctp/init_chunk.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::sctp {

/// RFC 9260 §16: Valid.Cookie.Life.
inline constexpr std::chrono::seconds kCookieLife{60};

struct CookieContents {
    VerificationTag local_tag; ///< ours, in the INIT ACK that brought the cookie
    InitParameters peer;
    Instant issued;

    friend bool operator==(const CookieContents&, const CookieContents&) = default;
};

class CookieSealer {
public:
    explicit CookieSealer(Rng& rng) : key_(rng.bytes<kKeySize>()) {}

    [[nodiscard]] ByteBuffer seal(const CookieContents& contents) const;
    /// Nothing for what this sealer has not made. Whether it is too old is the caller's to say.
    [[nodiscard]] std::optional<CookieContents> open(ByteView cookie) const;

private:
    static constexpr std::size_t kKeySize = 16;

    std::array<std::uint8_t, kKeySize> key_;
};

} // namespace vv::sctp
