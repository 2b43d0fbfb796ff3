#include "crypto/aead.h"

#include "base/assert.h"

#include <openssl/evp.h>

#include <limits>
#include <memory>

namespace vv::crypto {
namespace {

struct FreeCipherContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

const EVP_CIPHER* fetch_cipher(const char* name) {
    const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    VV_ASSERT(cipher != nullptr);
    return cipher;
}
const EVP_CIPHER* aes128_gcm() {
    static const EVP_CIPHER* const kCipher = fetch_cipher("AES-128-GCM");
    return kCipher;
}
const EVP_CIPHER* aes256_gcm() {
    static const EVP_CIPHER* const kCipher = fetch_cipher("AES-256-GCM");
    return kCipher;
}

int checked_size(ByteView bytes) {
    VV_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(bytes.size());
}

// A null output feeds the bytes as associated data. OpenSSL takes a null input
// for "finish", so empty inputs are left out.
void update(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView in) {
    if (in.empty()) return;
    int written = 0;
    VV_ASSERT(EVP_CipherUpdate(context, out, &written, in.data(), checked_size(in)) == 1);
}

CipherContext start(const EVP_CIPHER* cipher, ByteView key, GcmNonce nonce, bool sealing) {
    CipherContext context(EVP_CIPHER_CTX_new());
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_CipherInit_ex2(context.get(), cipher, key.data(), nonce.data(), sealing ? 1 : 0, nullptr) == 1);
    return context;
}

ByteBuffer seal(const EVP_CIPHER* cipher, ByteView key, GcmNonce nonce, ByteView associated, ByteView plain) {
    const CipherContext context = start(cipher, key, nonce, true);
    ByteBuffer sealed(plain.size() + kGcmTagSize);
    update(context.get(), nullptr, associated);
    update(context.get(), sealed.data(), plain);
    std::uint8_t* const tag = sealed.data() + plain.size();
    int written = 0;
    VV_ASSERT(EVP_CipherFinal_ex(context.get(), tag, &written) == 1 && written == 0);
    VV_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kGcmTagSize), tag) == 1);
    return sealed;
}

std::optional<ByteBuffer> open(const EVP_CIPHER* cipher, ByteView key, GcmNonce nonce, ByteView associated,
                               ByteView sealed) {
    if (sealed.size() < kGcmTagSize) return std::nullopt;
    const ByteView encrypted = sealed.first(sealed.size() - kGcmTagSize);
    ByteBuffer tag(sealed.end() - kGcmTagSize, sealed.end());
    const CipherContext context = start(cipher, key, nonce, false);
    VV_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
    // One byte more than needed, so that an empty message has an address too.
    ByteBuffer plain(encrypted.size() + 1);
    update(context.get(), nullptr, associated);
    update(context.get(), plain.data(), encrypted);
    int written = 0;
    if (EVP_CipherFinal_ex(context.get(), plain.data() + encrypted.size(), &written) != 1) return std::nullopt;
    plain.resize(encrypted.size());
    return plain;
}

} // namespace

ByteBuffer aes128_gcm_seal(Aes128Key key, GcmNonce nonce, ByteView associated, ByteView plain) {
    return seal(aes128_gcm(), key, nonce, associated, plain);
}

ByteBuffer aes256_gcm_seal(Aes256Key key, GcmNonce nonce, ByteView associated, ByteView plain) {
    return seal(aes256_gcm(), key, nonce, associated, plain);
}

std::optional<ByteBuffer> aes128_gcm_open(Aes128Key key, GcmNonce nonce, ByteView associated, ByteView sealed) {
    return open(aes128_gcm(), key, nonce, associated, sealed);
}

std::optional<ByteBuffer> aes256_gcm_open(Aes256Key key, GcmNonce nonce, ByteView associated, ByteView sealed) {
    return open(aes256_gcm(), key, nonce, associated, sealed);
}

} // namespace vv::crypto
