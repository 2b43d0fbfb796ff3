// MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT: what they are
// computed over, and their checks. All comparisons take constant time.
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"
#include "stun/message.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vv::stun {

/// RFC 8489 §9.2.2: the long-term key is MD5 (or, where negotiated, SHA-256) over name ":" realm ":" password.
/// A short-term key (RFC 8489 §9.1.1) is the password itself.
[[nodiscard]] crypto::Md5Digest long_term_key(std::string_view username, std::string_view realm,
                                              std::string_view password);
[[nodiscard]] crypto::Sha256Digest long_term_key_sha256(std::string_view username, std::string_view realm,
                                                        std::string_view password);

/// message: everything before the attribute to be made, header included. Its length field is not read:
/// the digest covers the length the message has once the attribute is in place (RFC 8489 §14.5).
[[nodiscard]] crypto::Sha1Digest message_integrity(ByteView message, ByteView key);
/// size: of the attribute's value, since the covered length depends on it (RFC 8489 §14.6).
[[nodiscard]] crypto::Sha256Digest message_integrity_sha256(ByteView message, ByteView key, std::size_t size);
/// The same for FINGERPRINT's CRC (RFC 8489 §14.7), XORed with 0x5354554E.
[[nodiscard]] std::uint32_t fingerprint(ByteView message);

/// False also if the message has no such attribute.
[[nodiscard]] bool verify_message_integrity(const Message& message, ByteView key);
/// size_min: 16 to 32. RFC 8489 §14.6 allows a shorter digest only where a usage does.
[[nodiscard]] bool verify_message_integrity_sha256(const Message& message, ByteView key,
                                                   std::size_t size_min = crypto::kSha256Size);
[[nodiscard]] bool verify_fingerprint(const Message& message);

} // namespace vv::stun
