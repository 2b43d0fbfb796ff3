#include "crypto/cipher_context.h"

#include "base/assert.h"

#include <openssl/evp.h>

#include <limits>

namespace vv::crypto {
namespace {

int checked_size(std::size_t size) {
    VV_ASSERT(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(size);
}

} // namespace

void FreeCipherContext::operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
}

const EVP_CIPHER* fetch_cipher(const char* name) {
    const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    VV_ASSERT(cipher != nullptr);
    return cipher;
}

CipherContext make_keyed_context(const EVP_CIPHER* cipher, ByteView key, bool encrypting) {
    VV_ASSERT(key.size() == static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher)));
    CipherContext context(EVP_CIPHER_CTX_new());
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_CipherInit_ex2(context.get(), cipher, key.data(), nullptr, encrypting ? 1 : 0, nullptr) == 1);
    return context;
}

void start_message(EVP_CIPHER_CTX* context, ByteView vector) {
    VV_ASSERT(EVP_CipherInit_ex2(context, nullptr, nullptr, vector.data(), -1, nullptr) == 1);
}

void update_in_place(EVP_CIPHER_CTX* context, std::span<std::uint8_t> bytes) {
    if (bytes.empty()) return;
    int written = 0;
    VV_ASSERT(EVP_CipherUpdate(context, bytes.data(), &written, bytes.data(), checked_size(bytes.size())) == 1);
}

void update_associated(EVP_CIPHER_CTX* context, ByteView bytes) {
    if (bytes.empty()) return;
    int written = 0;
    VV_ASSERT(EVP_CipherUpdate(context, nullptr, &written, bytes.data(), checked_size(bytes.size())) == 1);
}

} // namespace vv::crypto
