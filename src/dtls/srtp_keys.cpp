#include "dtls/srtp_keys.h"

#include "base/assert.h"

#include <utility>

namespace vv::dtls {
namespace {

crypto::SecretBytes take(ByteReader& reader, std::size_t size) {
    const auto bytes = reader.read_slice(size);
    VV_ASSERT(bytes.has_value());
    return crypto::SecretBytes(as_text(*bytes));
}

} // namespace

SrtpSizes srtp_sizes(SrtpProfile profile) {
    switch (profile) {
    case SrtpProfile::kAes128CmSha1Tag80:
        return {16, 14}; // RFC 3711 §8.2: 112 bits of salt
    case SrtpProfile::kAeadAes128Gcm:
        return {16, 12}; // RFC 7714 §12: 96
    case SrtpProfile::kAeadAes256Gcm:
        return {32, 12};
    }
    VV_ASSERT(false);
}

std::optional<SrtpProfile> srtp_profile(std::uint64_t number) {
    for (const auto profile :
         {SrtpProfile::kAes128CmSha1Tag80, SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm}) {
        if (number == static_cast<std::uint64_t>(profile)) return profile;
    }
    return std::nullopt;
}

std::string_view name_of(SrtpProfile profile) {
    switch (profile) {
    case SrtpProfile::kAes128CmSha1Tag80:
        return "AES128_CM_HMAC_SHA1_80";
    case SrtpProfile::kAeadAes128Gcm:
        return "AEAD_AES_128_GCM";
    case SrtpProfile::kAeadAes256Gcm:
        return "AEAD_AES_256_GCM";
    }
    VV_ASSERT(false);
}

std::size_t srtp_material_size(SrtpProfile profile) {
    const SrtpSizes sizes = srtp_sizes(profile);
    return 2 * (sizes.key + sizes.salt);
}

SrtpKeys split_srtp_material(SrtpProfile profile, bool is_client, ByteView material) {
    VV_ASSERT(material.size() == srtp_material_size(profile));
    const SrtpSizes sizes = srtp_sizes(profile);
    ByteReader reader(material);
    SrtpKey client;
    SrtpKey server;
    // RFC 5764 §4.2: both keys, then both salts, the client's first.
    client.key = take(reader, sizes.key);
    server.key = take(reader, sizes.key);
    client.salt = take(reader, sizes.salt);
    server.salt = take(reader, sizes.salt);
    if (is_client) return {profile, std::move(client), std::move(server)};
    return {profile, std::move(server), std::move(client)};
}

} // namespace vv::dtls
