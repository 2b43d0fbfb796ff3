// The operating system's randomness, for everything that must not be guessed.
#pragma once

#include "base/rng.h"

namespace vv::net {

/// getrandom(2). Blocks only before the kernel's pool is first seeded, at boot.
class OsRng final : public Rng {
public:
    void fill(std::span<std::uint8_t> out) override;
};

} // namespace vv::net
