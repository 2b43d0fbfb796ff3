#include "net/page_memory.h"

#include "base/assert.h"
#include "base/slab_memory.h"

#include <cstdint>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace vv::net {
namespace {

constexpr std::size_t kChunk = SlabMemory::kChunkSize;
constexpr std::size_t kBlock = PageMemory::kChunksPerBlock * kChunk;
std::size_t page_size() {
    static const auto kSize = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return kSize;
}

constexpr std::size_t kMapped = kBlock + kChunk; // so that somewhere in it a block is aligned

} // namespace

PageMemory::~PageMemory() {
    for (void* block : blocks_)
        (void)::munmap(block, kMapped);
}

void* PageMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
    VV_ASSERT(bytes == kChunk && alignment <= kChunk);
    if (free_.empty()) map_block();
    void* chunk = free_.back();
    free_.pop_back();
    return chunk;
}

void PageMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t /*alignment*/) {
    // Refused only for memory that is locked, which then stays where its owner wants it. Of a page that several chunks
    // share nothing can be given back.
    if (page_size() <= kChunk) (void)::madvise(memory, bytes, MADV_DONTNEED);
    free_.push_back(memory);
}

void PageMemory::map_block() {
    free_.reserve((blocks_.size() + 1) * kChunksPerBlock);
    blocks_.reserve(blocks_.size() + 1);
    void* mapped = ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    blocks_.push_back(mapped);
    // Of a huge page nothing comes back before all of it is free. Where the kernel has none it says so, and all is
    // well.
    (void)::madvise(mapped, kMapped, MADV_NOHUGEPAGE);
    const std::uintptr_t offset = (kChunk - reinterpret_cast<std::uintptr_t>(mapped) % kChunk) % kChunk;
    std::byte* first = static_cast<std::byte*>(mapped) + offset;
    for (std::size_t i = kChunksPerBlock; i-- > 0;)
        free_.push_back(first + i * kChunk);
}

} // namespace vv::net
