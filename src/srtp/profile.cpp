#include "srtp/profile.h"

#include "base/assert.h"

namespace vv::srtp {
namespace {

crypto::SecretBytes take(ByteReader& reader, std::size_t size) {
    crypto::SecretBytes secret;
    const auto bytes = reader.read_slice(size);
    VV_ASSERT(bytes.has_value());
    if (bytes) secret.append(*bytes);
    return secret;
}

} // namespace

std::optional<Profile> profile_from_number(std::uint16_t number) {
    for (const Profile profile : {Profile::kAes128CmSha1, Profile::kAes128Gcm, Profile::kAes256Gcm}) {
        if (static_cast<std::uint16_t>(profile) == number) return profile;
    }
    return std::nullopt;
}

MasterKeys split_exported(Profile profile, ByteView exported) {
    VV_ASSERT(exported.size() == exported_size(profile));
    ByteReader reader(exported);
    MasterKeys keys;
    keys.client.key = take(reader, key_size(profile));
    keys.server.key = take(reader, key_size(profile));
    keys.client.salt = take(reader, salt_size(profile));
    keys.server.salt = take(reader, salt_size(profile));
    return keys;
}

} // namespace vv::srtp
