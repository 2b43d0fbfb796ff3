#include "turn/nonce.h"

#include "base/encoding.h"
#include "crypto/secret.h"

#include <array>

namespace vv::turn {
namespace {

std::uint32_t whole_seconds(Instant time) {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::string cookie_for(SecurityFeatures features) {
    VV_ASSERT(features >> 24U == 0);
    const std::array<std::uint8_t, 3> bits{static_cast<std::uint8_t>(features >> 16U),
                                           static_cast<std::uint8_t>(features >> 8U),
                                           static_cast<std::uint8_t>(features)};
    return std::string(kNonceCookie) + base64_encode(bits);
}

// What a nonce of this size may have promised: of ours only these exist. The tag says whether it did.
std::optional<SecurityFeatures> claimed_features(std::string_view nonce) {
    if (nonce.size() == kNonceSize) return 0;
    if (nonce.size() != kFeatureNonceSize) return std::nullopt;
    for (SecurityFeatures features = 1; features <= (kPasswordAlgorithmsFeature | kUsernameAnonymityFeature);
         ++features) {
        if (nonce.starts_with(cookie_for(features))) return features;
    }
    return std::nullopt;
}

} // namespace

ByteBuffer NonceIssuer::make(std::uint32_t seconds, const ClientAddress& client, SecurityFeatures features) const {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u32(seconds);
    ByteBuffer covered = bytes;
    ByteWriter covered_writer(covered);
    covered_writer.write_u32(features);
    covered_writer.write_u16(client.value().port);
    covered_writer.write(client.value().ip.bytes());
    writer.write_u64(crypto::siphash(key_, covered));
    return bytes;
}

std::string NonceIssuer::issue(Instant now, const ClientAddress& client, SecurityFeatures features) const {
    const std::string plain = base64url_encode(make(whole_seconds(now), client, features));
    return features == 0 ? plain : cookie_for(features) + plain;
}

std::optional<SecurityFeatures> NonceIssuer::read(std::string_view nonce, Instant now,
                                                  const ClientAddress& client) const {
    const auto features = claimed_features(nonce);
    if (!features) return std::nullopt;
    const auto bytes = base64url_decode(nonce.substr(nonce.size() - kNonceSize));
    if (!bytes) return std::nullopt;
    const auto issued = ByteReader(*bytes).read_u32();
    if (!issued || !crypto::constant_time_equal(*bytes, make(*issued, client, *features))) return std::nullopt;
    // The difference is taken modulo 2^32, so a nonce from the future is a very old one.
    const std::uint32_t age = whole_seconds(now) - *issued;
    if (age > static_cast<std::uint64_t>(lifetime_.count())) return std::nullopt;
    return features;
}

} // namespace vv::turn
