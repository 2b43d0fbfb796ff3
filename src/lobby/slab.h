// Objects named by small numbers that are used again: no allocation for each one,
// no pointers that move, and a freed place is handed out last freed first.
#pragma once

#include "base/assert.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vv::lobby {

/// "No object".
inline constexpr std::uint32_t kNone = 0xffffffff;

template <typename T>
class Slab {
public:
    std::uint32_t insert() {
        if (free_.empty()) grow();
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        ++size_;
        return slot;
    }
    void erase(std::uint32_t slot) {
        VV_ASSERT(size_ > 0);
        (*this)[slot] = T{};
        free_.push_back(slot);
        --size_;
    }
    T& operator[](std::uint32_t slot) { return (*blocks_[slot / kBlock])[slot % kBlock]; }
    const T& operator[](std::uint32_t slot) const { return (*blocks_[slot / kBlock])[slot % kBlock]; }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Slots from here on have never been handed out; those below hold an object or a T{}.
    [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(blocks_.size()) * kBlock; }

private:
    static constexpr std::uint32_t kBlock = 256;

    void grow() {
        const auto base = static_cast<std::uint32_t>(blocks_.size()) * kBlock;
        blocks_.push_back(std::make_unique<std::array<T, kBlock>>());
        for (std::uint32_t i = kBlock; i-- > 0;)
            free_.push_back(base + i);
    }

    std::vector<std::unique_ptr<std::array<T, kBlock>>> blocks_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

} // namespace vv::lobby
