// The protection profiles of DTLS-SRTP that we speak (RFC 5764 §4.1.2, RFC 7714 §14.2), and how the secret that DTLS
// exports becomes the master keys of the two directions (RFC 5764 §4.2).
#pragma once

#include "base/bytes.h"
#include "crypto/secret_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vv::srtp {

/// The numbers of the use_srtp extension.
enum class Profile : std::uint16_t {
    kAes128CmSha1 = 0x0001, ///< SRTP_AES128_CM_HMAC_SHA1_80
    kAes128Gcm = 0x0007,    ///< SRTP_AEAD_AES_128_GCM
    kAes256Gcm = 0x0008,    ///< SRTP_AEAD_AES_256_GCM
};

/// Nothing for a profile we do not speak.
[[nodiscard]] std::optional<Profile> profile_from_number(std::uint16_t number);

[[nodiscard]] constexpr bool is_aead(Profile profile) {
    return profile != Profile::kAes128CmSha1;
}
[[nodiscard]] constexpr std::size_t key_size(Profile profile) {
    return profile == Profile::kAes256Gcm ? 32 : 16;
}
/// Of the master salt and of the session salts alike.
[[nodiscard]] constexpr std::size_t salt_size(Profile profile) {
    return is_aead(profile) ? 12 : 14;
}
[[nodiscard]] constexpr std::size_t tag_size(Profile profile) {
    return is_aead(profile) ? 16 : 10;
}

/// By how much a packet grows. RTCP also carries its index (RFC 3711 §3.4).
[[nodiscard]] constexpr std::size_t rtp_overhead(Profile profile) {
    return tag_size(profile);
}
[[nodiscard]] constexpr std::size_t rtcp_overhead(Profile profile) {
    return tag_size(profile) + 4;
}
inline constexpr std::size_t kRtpOverheadMax = 16;
inline constexpr std::size_t kRtcpOverheadMax = 20;

/// What one end sends with. key_size and salt_size bytes.
struct MasterKey {
    crypto::SecretBytes key;
    crypto::SecretBytes salt;

    friend bool operator==(const MasterKey&, const MasterKey&) = default;
};

/// By who was DTLS client and who server.
struct MasterKeys {
    MasterKey client;
    MasterKey server;
};

/// How much to ask DTLS for, under the label below.
[[nodiscard]] constexpr std::size_t exported_size(Profile profile) {
    return 2 * (key_size(profile) + salt_size(profile));
}
inline constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";

/// exported: exported_size bytes.
[[nodiscard]] MasterKeys split_exported(Profile profile, ByteView exported);

} // namespace vv::srtp
