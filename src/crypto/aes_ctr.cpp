#include "crypto/aes_ctr.h"

#include "base/assert.h"
#include "crypto/aead.h"

namespace vv::crypto {
namespace {

const EVP_CIPHER* cipher_for(std::size_t key_size) {
    static const EVP_CIPHER* const kAes128 = fetch_cipher("AES-128-CTR");
    static const EVP_CIPHER* const kAes256 = fetch_cipher("AES-256-CTR");
    VV_ASSERT(key_size == kAes128KeySize || key_size == kAes256KeySize);
    return key_size == kAes128KeySize ? kAes128 : kAes256;
}

} // namespace

// Counter mode enciphers in both directions.
AesCtr::AesCtr(ByteView key) : context_(make_keyed_context(cipher_for(key.size()), key, true)) {}

void AesCtr::apply(const CounterBlock& first, std::span<std::uint8_t> bytes) {
    start_message(context_.get(), first);
    update_in_place(context_.get(), bytes);
}

} // namespace vv::crypto
