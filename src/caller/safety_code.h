// The safety code of one call, and the keys that come with it: arithmetic only. Who
// says what when is in code_run.h, the protocol in docs/protocol.md, "The safety code".
//
// Both ends have made a random nonce and bound it to the two certificates before
// either saw the other's. So whoever stands between the two with certificates of
// their own gets one try at two codes that are alike, of 2^24.
#pragma once

#include "crypto/counter_cipher.h"
#include "crypto/hash.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vv::caller {

inline constexpr std::size_t kCodeNonceSize = 32;
inline constexpr std::size_t kPictureCount = 64;

/// SHA-256 over the DER of a certificate.
using CodeFingerprint = crypto::Sha256Digest;
using CodeNonce = std::array<std::uint8_t, kCodeNonceSize>;
using CodeCommitment = crypto::Sha256Digest;

/// One thing in several forms. Whatever two people compare, they compare all 24 bits.
struct SafetyCode {
    std::array<std::uint8_t, 4> pictures{}; ///< from 0 to 63: places in kPictures
    std::string digits;                     ///< eight
    std::array<std::uint8_t, 8> fingers{};  ///< from 1 to 8

    /// "🏰 📺 🔥 🎸", and "castle television fire guitar".
    [[nodiscard]] std::string picture_text() const;
    [[nodiscard]] std::string words() const;

    friend bool operator==(const SafetyCode&, const SafetyCode&) = default;
};

struct CodePicture {
    std::string_view word;
    std::string_view picture;
};
/// In the order of their numbers, as docs/protocol.md has them.
extern const std::array<CodePicture, kPictureCount> kPictures;

/// One end of the call.
struct CodeEnd {
    CodeFingerprint fingerprint{};
    CodeNonce nonce{};
};

struct Agreed {
    SafetyCode code;
    crypto::CounterCipher send;
    crypto::CounterCipher receive;
};

/// What `from` binds itself to. Every part has one length, so no two of them read alike.
[[nodiscard]] CodeCommitment commitment_of(const CodeEnd& from, const CodeFingerprint& to);
[[nodiscard]] SafetyCode read_code(const std::array<std::uint8_t, 3>& bytes);
/// The same at both ends, but for which key is for which way. The two fingerprints must differ.
[[nodiscard]] Agreed agree(const CodeEnd& own, const CodeEnd& partner);

} // namespace vv::caller
