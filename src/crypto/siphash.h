// SipHash-2-4 (Aumasson and Bernstein, 2012): a fast keyed hash. For tables
// whose keys strangers choose, and for short-lived tags such as TURN nonces.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace vv::crypto {

inline constexpr std::size_t kSipHashKeySize = 16;
using SipHashKey = std::array<std::uint8_t, kSipHashKeySize>;

[[nodiscard]] std::uint64_t siphash(const SipHashKey& key, ByteView bytes);

} // namespace vv::crypto
