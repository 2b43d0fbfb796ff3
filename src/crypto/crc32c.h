// CRC-32C (Castagnoli's polynomial 0x1EDC6F41, reflected), which every SCTP packet
// carries (RFC 9260 Appendix A). It finds accidents, not attackers.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace vv::crypto {

[[nodiscard]] std::uint32_t crc32c(ByteView bytes);

/// Continues a checksum over further bytes: crc32c(ab) == crc32c_update(crc32c(a), b).
[[nodiscard]] std::uint32_t crc32c_update(std::uint32_t checksum, ByteView bytes);

} // namespace vv::crypto
