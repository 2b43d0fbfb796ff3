// One-shot digests. SHA-256 for everything of ours; SHA-1 and MD5 only where
// STUN's rules ask for them (RFC 8489 §9.2.2, §14.5), never to resist collisions.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace vv::crypto {

inline constexpr std::size_t kMd5Size = 16;
inline constexpr std::size_t kSha1Size = 20;
inline constexpr std::size_t kSha256Size = 32;

using Md5Digest = std::array<std::uint8_t, kMd5Size>;
using Sha1Digest = std::array<std::uint8_t, kSha1Size>;
using Sha256Digest = std::array<std::uint8_t, kSha256Size>;

/// The parts are digested one after the other, as if they were joined.
using ByteParts = std::initializer_list<ByteView>;

[[nodiscard]] Md5Digest md5(ByteView bytes);
[[nodiscard]] Md5Digest md5(ByteParts parts);
[[nodiscard]] Sha1Digest sha1(ByteView bytes);
[[nodiscard]] Sha256Digest sha256(ByteView bytes);
[[nodiscard]] Sha256Digest sha256(ByteParts parts);

} // namespace vv::crypto
