#include "base/counted_memory_for_test.h"
#include "base/rng.h"
#include "base/slab_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vv {
namespace {

constexpr std::size_t kSize = 112;

class SlabMemoryTest : public testing::Test {
protected:
    void* take(std::size_t bytes = kSize, std::size_t alignment = 8) { return memory_.allocate(bytes, alignment); }
    void give_back(void* piece, std::size_t bytes = kSize, std::size_t alignment = 8) {
        memory_.deallocate(piece, bytes, alignment);
    }
    /// So many pieces that as many chunks have no room for another.
    std::vector<void*> take_chunks(std::size_t chunks) {
        static const std::size_t kPerChunk = pieces_in_a_chunk();
        std::vector<void*> pieces(chunks * kPerChunk);
        for (void*& piece : pieces)
            piece = take();
        return pieces;
    }
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(rng_.below(end)); }

    static std::size_t pieces_in_a_chunk() {
        CountedMemory chunks;
        SlabMemory memory(chunks);
        std::vector<void*> pieces;
        while (chunks.pieces() < 2)
            pieces.push_back(memory.allocate(kSize, 8));
        for (void* piece : pieces)
            memory.deallocate(piece, kSize, 8);
        return pieces.size() - 1;
    }

    SeededRng rng_{7};
    CountedMemory chunks_;
    CountedMemory large_;
    SlabMemory memory_{chunks_, large_};
};

TEST_F(SlabMemoryTest, AlignsEveryPiece) {
    for (std::size_t alignment = 1; alignment <= SlabMemory::kAlignMax; alignment *= 2) {
        for (const std::size_t bytes : {1U, 15U, 16U, 17U, 48U, 64U, 100U, 448U, 1'000U, 2'048U}) {
            std::vector<void*> pieces;
            for (std::size_t i = 0; i < 2 * SlabMemory::kChunkSize / std::max<std::size_t>(bytes, 16); ++i) {
                pieces.push_back(take(bytes, alignment));
                ASSERT_EQ(reinterpret_cast<std::uintptr_t>(pieces.back()) % alignment, 0U) << bytes;
                std::memset(pieces.back(), 0xff, bytes);
            }
            for (void* piece : pieces)
                give_back(piece, bytes, alignment);
        }
    }
    EXPECT_EQ(large_.taken(), 0U);
}

TEST_F(SlabMemoryTest, UsesAPieceAgain) {
    void* first = take();
    void* second = take();
    EXPECT_NE(first, second);
    give_back(first);
    EXPECT_EQ(take(), first);
    give_back(first);
    give_back(second);
    EXPECT_EQ(chunks_.taken(), 1U);
}

TEST_F(SlabMemoryTest, WhatIsLargeOrAlignedToMoreComesFromElsewhere) {
    void* largest = take(SlabMemory::kPieceMax);
    void* most_aligned = take(1, SlabMemory::kAlignMax);
    EXPECT_EQ(large_.taken(), 0U);
    void* larger = take(SlabMemory::kPieceMax + 1);
    EXPECT_EQ(large_.bytes(), SlabMemory::kPieceMax + 1);
    void* more_aligned = take(1, 2 * SlabMemory::kAlignMax);
    EXPECT_EQ(large_.pieces(), 2U);
    give_back(larger, SlabMemory::kPieceMax + 1);
    give_back(more_aligned, 1, 2 * SlabMemory::kAlignMax);
    EXPECT_EQ(large_.pieces(), 0U);
    give_back(largest, SlabMemory::kPieceMax);
    give_back(most_aligned, 1, SlabMemory::kAlignMax);
}

TEST_F(SlabMemoryTest, GivesEmptyChunksBackInWhateverOrder) {
    constexpr std::size_t kChunks = 100;
    for (int round = 0; round < 3; ++round) {
        std::vector<void*> pieces = take_chunks(kChunks);
        ASSERT_EQ(chunks_.pieces(), kChunks);
        ASSERT_GE(pieces.size() * kSize, kChunks * SlabMemory::kChunkSize * 98 / 100) << "little is for anything else";
        for (std::size_t i = pieces.size(); i-- > 1;)
            std::swap(pieces[i], pieces[below(i + 1)]);
        for (void* piece : pieces)
            give_back(piece);
        EXPECT_EQ(chunks_.pieces(), SlabMemory::kSpareChunks);
    }
}

TEST_F(SlabMemoryTest, AChunkGoesOnceNothingOfItIsUsed) {
    constexpr std::size_t kChunks = SlabMemory::kSpareChunks + 2;
    std::vector<void*> pieces = take_chunks(kChunks);
    void* last = pieces.front(); // of the first chunk
    for (void* piece : pieces)
        if (piece != last) give_back(piece);
    EXPECT_EQ(chunks_.pieces(), SlabMemory::kSpareChunks + 1) << "one has a piece still, and so many are spare";
    give_back(last);
    EXPECT_EQ(chunks_.pieces(), SlabMemory::kSpareChunks);
}

TEST_F(SlabMemoryTest, SpareChunksAreForPiecesOfAnySize) {
    for (void* piece : take_chunks(SlabMemory::kSpareChunks))
        give_back(piece);
    const std::size_t taken = chunks_.taken();
    std::vector<void*> others;
    for (std::size_t i = 0; i < SlabMemory::kSpareChunks; ++i)
        others.push_back(take(1'000 + i * 100));
    EXPECT_EQ(chunks_.taken(), taken);
    void* one_more = take(16);
    EXPECT_EQ(chunks_.taken(), taken + 1);
    give_back(one_more, 16);
    for (std::size_t i = 0; i < others.size(); ++i)
        give_back(others[i], 1'000 + i * 100);
}

TEST_F(SlabMemoryTest, ThatTheLastPieceComesAndGoesCostsNoChunk) {
    for (int i = 0; i < 1'000; ++i)
        give_back(take());
    EXPECT_EQ(chunks_.taken(), 1U);
}

TEST_F(SlabMemoryTest, FullerChunksFillFirst) {
    std::vector<void*> pieces = take_chunks(2);
    const std::size_t per_chunk = pieces.size() / 2;
    // Half of the second chunk goes, then one piece of the first: the next piece is that one.
    for (std::size_t i = per_chunk; i < per_chunk + per_chunk / 2; ++i)
        give_back(pieces[i]);
    void* hole = pieces.front();
    give_back(hole);
    EXPECT_EQ(take(), hole);
    for (std::size_t i = 0; i < pieces.size(); ++i)
        if (i < per_chunk || i >= per_chunk + per_chunk / 2) give_back(pieces[i]);
}

TEST_F(SlabMemoryTest, KeepsWhatIsWrittenThroughAnyOrderOfTakingAndGivingBack) {
    struct Held {
        std::uint8_t* piece;
        std::size_t bytes;
        std::size_t alignment;
        std::uint8_t mark;
    };
    std::vector<Held> held;
    const auto is_whole = [](const Held& h) {
        return std::all_of(h.piece, h.piece + h.bytes, [&](std::uint8_t byte) { return byte == h.mark; });
    };
    for (int step = 0; step < 20'000; ++step) {
        // It grows and shrinks in turns, to nothing in the end.
        const bool grows = step < 16'000 && (step / 2'000) % 2 == 0;
        if (held.empty() || below(10) < (grows ? 7U : 3U)) {
            const std::size_t bytes = 1 + below(below(4) == 0 ? SlabMemory::kPieceMax + 100 : 200);
            const std::size_t alignment = std::size_t{1} << below(8);
            auto* piece = static_cast<std::uint8_t*>(take(bytes, alignment));
            const auto mark = static_cast<std::uint8_t>(step);
            std::fill_n(piece, bytes, mark);
            held.push_back({piece, bytes, alignment, mark});
        } else {
            std::swap(held[below(held.size())], held.back());
            ASSERT_TRUE(is_whole(held.back())) << step;
            give_back(held.back().piece, held.back().bytes, held.back().alignment);
            held.pop_back();
        }
    }
    for (const Held& h : held) {
        ASSERT_TRUE(is_whole(h));
        give_back(h.piece, h.bytes, h.alignment);
    }
    EXPECT_EQ(large_.pieces(), 0U);
    EXPECT_LE(chunks_.pieces(), SlabMemory::kSpareChunks);
}

TEST(SlabMemory, GivesItsSpareChunksBackAtTheEnd) {
    CountedMemory chunks;
    {
        SlabMemory memory(chunks);
        std::pmr::unordered_map<int, std::pmr::string> numbers(&memory);
        for (int i = 0; i < 1'000; ++i)
            numbers.try_emplace(i, "the number of so many that it does not fit in place: " + std::to_string(i));
        EXPECT_GT(chunks.pieces(), SlabMemory::kSpareChunks);
    }
    EXPECT_EQ(chunks.pieces(), 0U);
}

TEST(SlabMemory, EndsOnlyAfterItsPieces) {
    EXPECT_DEATH(
        {
            CountedMemory chunks;
            SlabMemory memory(chunks);
            (void)memory.allocate(16);
        },
        "assertion failed");
}

TEST_F(SlabMemoryTest, PlacedObjectsEndInTheMemoryTheyWereMadeIn) {
    struct Counted {
        explicit Counted(int& ended) : ended_(ended) {}
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        ~Counted() { ++ended_; }
        int& ended_;
    };
    int ended = 0;
    Placed<Counted> first = place_in<Counted>(memory_, ended);
    Placed<Counted> second = std::move(first);
    EXPECT_EQ(ended, 0);
    const void* place = second.get();
    second.reset();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(place_in<Counted>(memory_, ended).get(), place);
    EXPECT_EQ(ended, 2);
}

#if defined(__SANITIZE_ADDRESS__)
// As with the heap: a piece that was given back, and what was never taken, is nobody's.
TEST_F(SlabMemoryTest, TheSanitizerSeesWhoUsesWhatIsNotTheirs) {
    auto* piece = static_cast<char*>(take());
    auto* other = static_cast<char*>(take());
    piece[kSize - 1] = 1;
    EXPECT_DEATH(other[kSize] = 1, "use-after-poison");
    give_back(piece);
    EXPECT_DEATH(piece[kSize - 1] = 1, "use-after-poison");
    give_back(other);
}
#endif

} // namespace
} // namespace vv
