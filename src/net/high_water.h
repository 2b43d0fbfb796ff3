// When is it worth giving memory back? After a flood has gone, and not at each
// wave: freed memory is soon wanted again.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vv::net {

class HighWater {
public:
    /// Below this a flood is too small to matter.
    static constexpr std::uint64_t kFloodMin = 1000;

    /// Told from time to time how many there are. True once when at most half are left of what was the most.
    [[nodiscard]] bool has_ebbed(std::uint64_t now) {
        most_ = std::max(most_, now);
        if (most_ < kFloodMin || now > most_ / 2) return false;
        most_ = now;
        return true;
    }

private:
    std::uint64_t most_ = 0;
};

} // namespace vv::net
