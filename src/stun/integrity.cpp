#include "stun/integrity.h"

#include "crypto/crc32.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "stun/attributes.h"

#include <array>

namespace vv::stun {
namespace {

constexpr std::uint32_t kFingerprintMask = 0x5354554E; // RFC 8489 §14.7: keeps it apart from other CRCs
constexpr std::size_t kTypeSize = 2;
constexpr std::size_t kTypeAndLengthSize = 4;

// The length field as it reads once a further attribute of this size stands behind the message.
std::array<std::uint8_t, 2> final_length(ByteView message, std::size_t value_size) {
    VV_ASSERT(message.size() >= kHeaderSize);
    const std::size_t length = message.size() - kHeaderSize + kAttributeHeaderSize + value_size;
    VV_ASSERT(length <= 0xFFFF);
    return {static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)};
}

} // namespace

crypto::Md5Digest long_term_key(std::string_view username, std::string_view realm, std::string_view password) {
    return crypto::md5(
        crypto::ByteParts{as_bytes(username), as_bytes(":"), as_bytes(realm), as_bytes(":"), as_bytes(password)});
}

crypto::Sha256Digest long_term_key_sha256(std::string_view username, std::string_view realm,
                                          std::string_view password) {
    return crypto::sha256(
        crypto::ByteParts{as_bytes(username), as_bytes(":"), as_bytes(realm), as_bytes(":"), as_bytes(password)});
}

crypto::Sha1Digest message_integrity(ByteView message, ByteView key) {
    const auto length = final_length(message, crypto::kSha1Size);
    return crypto::hmac_sha1(key,
                             crypto::ByteParts{message.first(kTypeSize), length, message.subspan(kTypeAndLengthSize)});
}

crypto::Sha256Digest message_integrity_sha256(ByteView message, ByteView key, std::size_t size) {
    const auto length = final_length(message, size);
    return crypto::hmac_sha256(
        key, crypto::ByteParts{message.first(kTypeSize), length, message.subspan(kTypeAndLengthSize)});
}

std::uint32_t fingerprint(ByteView message) {
    const auto length = final_length(message, sizeof(std::uint32_t));
    std::uint32_t checksum = crypto::crc32(message.first(kTypeSize));
    checksum = crypto::crc32_update(checksum, length);
    checksum = crypto::crc32_update(checksum, message.subspan(kTypeAndLengthSize));
    return checksum ^ kFingerprintMask;
}

bool verify_message_integrity(const Message& message, ByteView key) {
    const auto offset = message.integrity_offset();
    if (!offset) return false;
    return crypto::constant_time_equal(message.value_at(*offset),
                                       message_integrity(message.bytes().first(*offset), key));
}

bool verify_message_integrity_sha256(const Message& message, ByteView key, std::size_t size_min) {
    const auto offset = message.integrity_sha256_offset();
    if (!offset) return false;
    const ByteView value = message.value_at(*offset);
    if (value.size() < size_min) return false;
    const auto digest = message_integrity_sha256(message.bytes().first(*offset), key, value.size());
    return crypto::constant_time_equal(value, ByteView(digest).first(value.size()));
}

bool verify_fingerprint(const Message& message) {
    const auto offset = message.fingerprint_offset();
    if (!offset) return false;
    return parse_u32(message.value_at(*offset)) == fingerprint(message.bytes().first(*offset));
}

} // namespace vv::stun
