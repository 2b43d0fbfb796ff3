// CRC-32 (ITU V.42, polynomial 0x04C11DB7 reflected), which STUN's FINGERPRINT
// is made of (RFC 8489 §14.7). It finds accidents, not attackers.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace vv::crypto {

[[nodiscard]] std::uint32_t crc32(ByteView bytes);

/// Continues a checksum over further bytes: crc32(ab) == crc32_update(crc32(a), b).
[[nodiscard]] std::uint32_t crc32_update(std::uint32_t checksum, ByteView bytes);

} // namespace vv::crypto
