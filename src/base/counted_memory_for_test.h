// The heap, with a count of what is taken from it, for tests of what takes memory
// from where it is told to, and gives it back.
#pragma once

#include "base/assert.h"

#include <cstddef>
#include <memory_resource>

namespace vv {

class CountedMemory final : public std::pmr::memory_resource {
public:
    CountedMemory() = default;
    CountedMemory(const CountedMemory&) = delete;
    CountedMemory& operator=(const CountedMemory&) = delete;
    ~CountedMemory() override = default;

    /// Taken and not given back.
    [[nodiscard]] std::size_t pieces() const { return pieces_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// Ever taken.
    [[nodiscard]] std::size_t taken() const { return taken_; }

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        void* memory = heap_.allocate(bytes, alignment);
        ++pieces_;
        ++taken_;
        bytes_ += bytes;
        return memory;
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
        VV_ASSERT(pieces_ > 0 && bytes_ >= bytes);
        --pieces_;
        bytes_ -= bytes;
        heap_.deallocate(memory, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
        return this == &other;
    }

    std::pmr::memory_resource& heap_ = *std::pmr::new_delete_resource();
    std::size_t pieces_ = 0;
    std::size_t taken_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace vv
