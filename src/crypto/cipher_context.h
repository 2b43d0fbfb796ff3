// An OpenSSL cipher that keeps its key from one message to the next. Setting a key up costs more than enciphering a
// short packet, so whoever has many messages under one key holds one of these.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <memory>
#include <span>

using EVP_CIPHER_CTX = struct evp_cipher_ctx_st;
using EVP_CIPHER = struct evp_cipher_st;

namespace vv::crypto {

/// Frees, and with it wipes, the key schedule.
struct FreeCipherContext {
    void operator()(EVP_CIPHER_CTX* context) const;
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

/// name: as OpenSSL has it; looked up by text, which costs more than a short message, so callers keep the result.
[[nodiscard]] const EVP_CIPHER* fetch_cipher(const char* name);

/// The key must have the cipher's size. The first vector comes with the first message.
[[nodiscard]] CipherContext make_keyed_context(const EVP_CIPHER* cipher, ByteView key, bool encrypting);

/// Starts a message under the key that is set. vector: of the cipher's size.
void start_message(EVP_CIPHER_CTX* context, ByteView vector);

/// Enciphers or deciphers where the bytes stand. Empty ones are left out: OpenSSL takes a null input for "finish".
void update_in_place(EVP_CIPHER_CTX* context, std::span<std::uint8_t> bytes);
/// Feeds bytes that are authenticated and stay clear.
void update_associated(EVP_CIPHER_CTX* context, ByteView bytes);

} // namespace vv::crypto
