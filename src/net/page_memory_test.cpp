#include "base/slab_memory.h"
#include "net/page_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace vv::net {
namespace {

constexpr std::size_t kChunk = SlabMemory::kChunkSize;

class PageMemoryTest : public testing::Test {
protected:
    void* take() { return memory_.allocate(kChunk, kChunk); }
    void give_back(void* chunk) { memory_.deallocate(chunk, kChunk, kChunk); }
    /// Pages of the chunk that take memory.
    static std::size_t resident(void* chunk) {
        std::vector<unsigned char> pages(kChunk / static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
        EXPECT_EQ(::mincore(chunk, kChunk, pages.data()), 0);
        return static_cast<std::size_t>(
            std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
    }

    PageMemory memory_;
};

TEST_F(PageMemoryTest, WhatIsGivenBackTakesNoMemory) {
    void* chunk = take();
    EXPECT_EQ(resident(chunk), 0U) << "before anybody writes to it";
    std::memset(chunk, 1, kChunk);
    EXPECT_GT(resident(chunk), 0U);
    give_back(chunk);
    EXPECT_EQ(resident(chunk), 0U);
    EXPECT_EQ(take(), chunk) << "the addresses are used again";
    give_back(chunk);
}

TEST_F(PageMemoryTest, ChunksAreAlignedAndApart) {
    std::set<std::uintptr_t> chunks;
    for (std::size_t i = 0; i < PageMemory::kChunksPerBlock; ++i)
        chunks.insert(reinterpret_cast<std::uintptr_t>(take()));
    EXPECT_EQ(chunks.size(), PageMemory::kChunksPerBlock);
    for (const std::uintptr_t chunk : chunks) {
        EXPECT_EQ(chunk % kChunk, 0U);
        std::memset(reinterpret_cast<void*>(chunk), 1, kChunk);
    }
    EXPECT_EQ(memory_.blocks(), 1U);
    void* one_more = take();
    EXPECT_EQ(memory_.blocks(), 2U);
    give_back(one_more);
    for (const std::uintptr_t chunk : chunks)
        give_back(reinterpret_cast<void*>(chunk));
}

TEST_F(PageMemoryTest, SlabsOnItGiveTheirPagesBack) {
    SlabMemory slab(memory_);
    std::vector<void*> pieces(1'000);
    for (void*& piece : pieces)
        piece = std::memset(slab.allocate(1'024), 1, 1'024);
    const auto taking = [&] {
        return std::ranges::count_if(pieces, [](void* piece) {
            return resident(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(piece) & ~(kChunk - 1))) > 0;
        });
    };
    EXPECT_EQ(taking(), 1'000);
    for (void* piece : pieces)
        slab.deallocate(piece, 1'024);
    const std::size_t per_chunk = kChunk / 1'024;
    EXPECT_LE(taking(), static_cast<std::ptrdiff_t>(SlabMemory::kSpareChunks * per_chunk));
}

} // namespace
} // namespace vv::net
