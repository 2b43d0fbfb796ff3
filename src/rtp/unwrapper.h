// Counters that wrap (sequence numbers of 16 bits, timestamps of 32) as ones that do not.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

namespace vv::rtp {

/// How far `a` is ahead of `b`, below zero if behind: the shorter way round.
template <typename Integer>
[[nodiscard]] constexpr std::int64_t distance(Integer a, Integer b) {
    static_assert(std::is_unsigned_v<Integer> && sizeof(Integer) <= 4);
    return static_cast<std::make_signed_t<Integer>>(static_cast<Integer>(a - b));
}

/// The first value is itself; each later one is the value nearest to the highest so far. So something old may come
/// out below zero.
template <typename Integer>
class Unwrapper {
public:
    std::int64_t unwrap(Integer value) {
        const std::int64_t unwrapped = peek(value);
        if (!highest_ || unwrapped > *highest_) highest_ = unwrapped;
        return unwrapped;
    }
    /// The same without remembering it.
    [[nodiscard]] std::int64_t peek(Integer value) const {
        if (!highest_) return value;
        return *highest_ + distance(value, static_cast<Integer>(*highest_));
    }

private:
    std::optional<std::int64_t> highest_;
};

using SequenceUnwrapper = Unwrapper<std::uint16_t>;
using TimestampUnwrapper = Unwrapper<std::uint32_t>;

} // namespace vv::rtp
