#include "srtp/key_derivation.h"

#include "base/assert.h"
#include "crypto/aes_ctr.h"

#include <algorithm>
#include <utility>

namespace vv::srtp {
namespace {

constexpr std::uint8_t kRtcpLabels = 3;

// RFC 3711 §4.3.1: the label stands before a packet index of 48 bits, zero for who derives once.
constexpr std::size_t kLabelOffset = 7;
constexpr std::size_t kSaltSizeMax = 14;

SessionKeys derive_keys(Profile profile, const MasterKey& master, std::uint8_t labels) {
    VV_ASSERT(master.key.view().size() == key_size(profile) && master.salt.view().size() == salt_size(profile));
    const auto one = [&](KeyLabel label, std::size_t size) {
        return derive_key(master, static_cast<std::uint8_t>(labels + static_cast<std::uint8_t>(label)), size);
    };
    return {.cipher_key = one(KeyLabel::kCipher, key_size(profile)),
            .auth_key = is_aead(profile) ? crypto::SecretBytes() : one(KeyLabel::kAuth, kAuthKeySize),
            .salt = one(KeyLabel::kSalt, salt_size(profile))};
}

} // namespace

crypto::SecretBytes derive_key(const MasterKey& master, std::uint8_t label, std::size_t size) {
    VV_ASSERT(master.salt.view().size() <= kSaltSizeMax);
    // §4.3.3: the salt, XOR the label, times 2^16. RFC 7714's shorter salt stands at the same, upper end.
    crypto::CounterBlock block{};
    std::ranges::copy(master.salt.view(), block.begin());
    block[kLabelOffset] ^= label;
    ByteBuffer stream(size, 0);
    crypto::AesCtr(master.key.view()).apply(block, stream);
    return {std::move(stream)};
}

SessionKeys derive_rtp_keys(Profile profile, const MasterKey& master) {
    return derive_keys(profile, master, 0);
}

SessionKeys derive_rtcp_keys(Profile profile, const MasterKey& master) {
    return derive_keys(profile, master, kRtcpLabels);
}

} // namespace vv::srtp
