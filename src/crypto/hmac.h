// Keyed digests (RFC 2104) and the key derivation built on them (RFC 5869).
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"

#include <cstddef>

namespace vv::crypto {

/// Any key length is allowed, the empty one included.
[[nodiscard]] Sha1Digest hmac_sha1(ByteView key, ByteView message);
[[nodiscard]] Sha1Digest hmac_sha1(ByteView key, ByteParts message_parts);
[[nodiscard]] Sha256Digest hmac_sha256(ByteView key, ByteView message);
[[nodiscard]] Sha256Digest hmac_sha256(ByteView key, ByteParts message_parts);

/// RFC 5869 §2.3: 255 times the digest.
inline constexpr std::size_t kHkdfOutputMax = 255 * kSha256Size;

/// HKDF-SHA256, extract and expand. size: 1 to kHkdfOutputMax bytes.
/// An empty salt stands for 32 zero bytes (RFC 5869 §2.2).
[[nodiscard]] ByteBuffer hkdf_sha256(ByteView input_key, ByteView salt, ByteView info, std::size_t size);

} // namespace vv::crypto
