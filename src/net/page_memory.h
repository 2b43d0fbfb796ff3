// Chunks for SlabMemory (base/slab_memory.h), straight from the system: the pages
// of one that is given back are the system's at once. What is kept is its range
// of addresses, for the next.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <vector>

namespace vv::net {

class PageMemory final : public std::pmr::memory_resource {
public:
    /// So many chunks are mapped at a time. Pages that nobody has touched cost nothing.
    static constexpr std::size_t kChunksPerBlock = 64;

    PageMemory() = default;
    PageMemory(const PageMemory&) = delete;
    PageMemory& operator=(const PageMemory&) = delete;
    ~PageMemory() override;

    /// Blocks mapped, for tests.
    [[nodiscard]] std::size_t blocks() const { return blocks_.size(); }

private:
    // Throws std::bad_alloc if the system has none left.
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
        return this == &other;
    }
    void map_block();

    std::vector<void*> blocks_; // as mapped
    std::vector<void*> free_;   // has room for all chunks there are, so that giving one back takes nothing
};

} // namespace vv::net
