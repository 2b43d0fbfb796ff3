// What SRTP gets from DTLS (RFC 5764): the profile both ends agreed on, and for
// each end the key and the salt it sends with.
#pragma once

#include "base/bytes.h"
#include "crypto/secret_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vv::dtls {

/// The numbers of RFC 5764 §4.1.2 and RFC 7714 §14.2.
enum class SrtpProfile : std::uint16_t {
    kAes128CmSha1Tag80 = 0x0001,
    kAeadAes128Gcm = 0x0007,
    kAeadAes256Gcm = 0x0008,
};

/// What a session offers and takes, the first it likes best: GCM is one pass where the other is two, and three
/// times as fast.
inline constexpr const char* kSrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";

/// RFC 5764 §4.2: the label under which the keys are exported.
inline constexpr std::string_view kSrtpExporterLabel = "EXTRACTOR-dtls_srtp";

struct SrtpSizes {
    std::size_t key = 0;
    std::size_t salt = 0;
};
[[nodiscard]] SrtpSizes srtp_sizes(SrtpProfile profile);
/// Nothing for a number that is none of ours.
[[nodiscard]] std::optional<SrtpProfile> srtp_profile(std::uint64_t number);
/// For people: "AEAD_AES_128_GCM".
[[nodiscard]] std::string_view name_of(SrtpProfile profile);

struct SrtpKey {
    crypto::SecretBytes key;
    crypto::SecretBytes salt;

    friend bool operator==(const SrtpKey&, const SrtpKey&) = default;
};

struct SrtpKeys {
    SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
    SrtpKey local;  ///< for what we send
    SrtpKey remote; ///< for what the partner sends
};

/// How much to export.
[[nodiscard]] std::size_t srtp_material_size(SrtpProfile profile);
/// material: as exported, of that size. is_client: whether we are the client of DTLS, the active end.
[[nodiscard]] SrtpKeys split_srtp_material(SrtpProfile profile, bool is_client, ByteView material);

} // namespace vv::dtls
