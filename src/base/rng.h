// Randomness as the machines know it: a source handed in. Production passes the
// operating system's (src/net), tests pass a seeded one, so a seed replays a run.
#pragma once

#include "base/assert.h"
#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <span>

namespace vv {

class Rng {
public:
    Rng() = default;
    Rng(const Rng&) = delete;
    Rng& operator=(const Rng&) = delete;
    virtual ~Rng() = default;

    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint64_t next_u64() {
        std::array<std::uint8_t, 8> bytes{};
        fill(bytes);
        return ByteReader(bytes).read_u64().value_or(0); // eight bytes are there
    }
    /// Uniform in [0, bound); bound > 0. Draws again rather than favour small numbers.
    std::uint64_t below(std::uint64_t bound) {
        VV_ASSERT(bound > 0);
        const std::uint64_t threshold = (0 - bound) % bound;
        while (true) {
            const std::uint64_t value = next_u64();
            if (value >= threshold) return value % bound;
        }
    }
    template <std::size_t N>
    std::array<std::uint8_t, N> bytes() {
        std::array<std::uint8_t, N> out{};
        fill(out);
        return out;
    }
};

/// SplitMix64: small, seedable, and not for secrets. Only tests and simulations use it.
class SeededRng final : public Rng {
public:
    explicit SeededRng(std::uint64_t seed) : state_(seed) {}

    void fill(std::span<std::uint8_t> out) override {
        std::uint64_t block = 0;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (i % 8 == 0) block = step();
            out[i] = static_cast<std::uint8_t>(block >> (8U * (i % 8)));
        }
    }

private:
    std::uint64_t step() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
};

} // namespace vv
