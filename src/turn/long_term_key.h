// The key of a long-term credential (RFC 8489 §9.2.2): a hash over name, realm
// and password by one of the two algorithms of §18.5.1, and the list of them
// that a challenge offers.
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "stun/attributes.h"
#include "stun/integrity.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vv::turn {

enum class PasswordHash : std::uint8_t { kMd5, kSha256 };

class LongTermKey {
public:
    LongTermKey() = default;
    LongTermKey(PasswordHash hash, std::string_view username, std::string_view realm, std::string_view password)
        : hash_(hash) {
        if (hash == PasswordHash::kSha256) {
            bytes_ = stun::long_term_key_sha256(username, realm, password);
        } else {
            std::ranges::copy(stun::long_term_key(username, realm, password), bytes_.begin());
        }
    }

    LongTermKey(const LongTermKey&) = default;
    LongTermKey& operator=(const LongTermKey&) = default;
    /// As good as the password, in this realm.
    ~LongTermKey() { crypto::secure_wipe(bytes_); }

    [[nodiscard]] PasswordHash hash() const { return hash_; }
    /// 16 bytes of MD5 or 32 of SHA-256.
    [[nodiscard]] ByteView view() const {
        return ByteView(bytes_).first(hash_ == PasswordHash::kSha256 ? crypto::kSha256Size : crypto::kMd5Size);
    }

private:
    PasswordHash hash_ = PasswordHash::kMd5;
    std::array<std::uint8_t, crypto::kSha256Size> bytes_{};
};

/// PASSWORD-ALGORITHMS as we send it (RFC 8489 §14.11): SHA-256, then MD5, neither with parameters.
inline constexpr std::array<std::uint8_t, 8> kPasswordAlgorithmsOffered{0, stun::kPasswordSha256, 0, 0,
                                                                        0, stun::kPasswordMd5,    0, 0};

/// The value of a PASSWORD-ALGORITHM (RFC 8489 §14.12). Nothing if it is malformed or not one of those offered.
[[nodiscard]] inline std::optional<PasswordHash> parse_password_hash(ByteView value) {
    const auto algorithm = stun::parse_password_algorithm(value);
    if (!algorithm || !algorithm->parameters.empty()) return std::nullopt;
    if (algorithm->number == stun::kPasswordSha256) return PasswordHash::kSha256;
    if (algorithm->number == stun::kPasswordMd5) return PasswordHash::kMd5;
    return std::nullopt;
}

} // namespace vv::turn
