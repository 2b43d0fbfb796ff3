#include "crypto/aead.h"

#include "base/assert.h"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace vv::crypto {
namespace {

const EVP_CIPHER* aes128_gcm() {
    static const EVP_CIPHER* const kCipher = fetch_cipher("AES-128-GCM");
    return kCipher;
}
const EVP_CIPHER* aes256_gcm() {
    static const EVP_CIPHER* const kCipher = fetch_cipher("AES-256-GCM");
    return kCipher;
}
const EVP_CIPHER* gcm_for(std::size_t key_size) {
    VV_ASSERT(key_size == kAes128KeySize || key_size == kAes256KeySize);
    return key_size == kAes128KeySize ? aes128_gcm() : aes256_gcm();
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

AesGcmSealer::AesGcmSealer(ByteView key) : context_(make_keyed_context(gcm_for(key.size()), key, true)) {}

GcmTag AesGcmSealer::seal(GcmNonce nonce, AssociatedParts associated, std::span<std::uint8_t> bytes) {
    EVP_CIPHER_CTX* const context = context_.get();
    start_message(context, nonce);
    for (const ByteView part : associated)
        update_associated(context, part);
    update_in_place(context, bytes);
    GcmTag tag{};
    int written = 0;
    VV_ASSERT(EVP_CipherFinal_ex(context, tag.data(), &written) == 1 && written == 0);
    VV_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
    return tag;
}

AesGcmOpener::AesGcmOpener(ByteView key) : context_(make_keyed_context(gcm_for(key.size()), key, false)) {}

bool AesGcmOpener::open(GcmNonce nonce, AssociatedParts associated, std::span<std::uint8_t> bytes, const GcmTag& tag) {
    EVP_CIPHER_CTX* const context = context_.get();
    start_message(context, nonce);
    GcmTag expected = tag; // OpenSSL asks for one it could write to
    VV_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()), expected.data()) ==
              1);
    for (const ByteView part : associated)
        update_associated(context, part);
    update_in_place(context, bytes);
    int written = 0;
    if (EVP_CipherFinal_ex(context, expected.data(), &written) == 1) return true;
    std::ranges::fill(bytes, std::uint8_t{0});
    return false;
}

} // namespace vv::crypto
