// Handling of bytes that must not leak through timing or stay in memory.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <span>

namespace vv::crypto {

/// Compares in a time that depends on the sizes only. Different sizes are unequal.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b);

/// Overwrites the bytes in a way the compiler may not leave out.
void secure_wipe(std::span<std::uint8_t> bytes);

} // namespace vv::crypto
