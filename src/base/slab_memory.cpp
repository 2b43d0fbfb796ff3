#include "base/slab_memory.h"

#include "base/assert.h"

#include <algorithm>
#include <cstdint>
#include <new>

// As g++ says it, and as clang does.
#if defined(__SANITIZE_ADDRESS__)
#define VV_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VV_POISONS 1
#endif
#endif
#if defined(VV_POISONS)
#include <sanitizer/asan_interface.h>
#endif

namespace vv {
namespace {

constexpr std::size_t rounded_up(std::size_t size, std::size_t step) {
    return (size + step - 1) / step * step;
}

// Whoever uses a piece that is not his is told of it as in the heap.
void forbid([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#if defined(VV_POISONS)
    __asan_poison_memory_region(memory, size);
#endif
}

void permit([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#if defined(VV_POISONS)
    __asan_unpoison_memory_region(memory, size);
#endif
}

} // namespace

/// A free piece. Its chunk's pieces that were never used are in no list.
struct SlabMemory::Piece {
    Piece* next;
};

/// Stands at the front of its memory; the pieces follow.
struct alignas(SlabMemory::kAlignMax) SlabMemory::Chunk {
    Chunk* next = nullptr; // with room for pieces of this size, or spare
    Chunk* previous = nullptr;
    Piece* free = nullptr;
    std::size_t piece_size = 0;
    std::size_t used = 0;
    std::size_t untouched = sizeof(Chunk); // from here on no piece was ever used, and no page of memory either

    [[nodiscard]] bool is_full() const { return free == nullptr && untouched + piece_size > kChunkSize; }

    [[nodiscard]] static Chunk* of(void* piece) {
        return reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(piece) & ~std::uintptr_t{kChunkSize - 1});
    }
    [[nodiscard]] void* take() {
        ++used;
        if (free != nullptr) {
            Piece* piece = free;
            permit(piece, piece_size);
            free = piece->next;
            return piece;
        }
        void* piece = reinterpret_cast<std::byte*>(this) + untouched;
        untouched += piece_size;
        permit(piece, piece_size);
        return piece;
    }
    void give_back(void* memory) {
        free = ::new (memory) Piece{free};
        forbid(memory, piece_size);
        --used;
    }
};

SlabMemory::~SlabMemory() {
    VV_ASSERT(in_use_ == 0);
    while (spare_ != nullptr) {
        Chunk* chunk = spare_;
        spare_ = chunk->next;
        permit(chunk, kChunkSize);
        chunks_.deallocate(chunk, kChunkSize, kChunkSize);
    }
}

void* SlabMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
    if (bytes > kPieceMax || alignment > kAlignMax) return large_.allocate(bytes, alignment);
    // A multiple of the alignment, so that all pieces of a chunk have it, since the first has.
    const std::size_t size = rounded_up(std::max<std::size_t>(bytes, 1), std::max(alignment, kStep));
    Chunk* chunk = with_room_.at(size / kStep - 1);
    if (chunk == nullptr) chunk = open_chunk(size);
    void* piece = chunk->take();
    if (chunk->is_full()) unlink(chunk);
    return piece;
}

void SlabMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
    if (bytes > kPieceMax || alignment > kAlignMax) {
        large_.deallocate(memory, bytes, alignment);
        return;
    }
    Chunk* chunk = Chunk::of(memory);
    // The fullest come first in their list, so that the others have a chance to become empty.
    if (chunk->is_full()) link(chunk);
    chunk->give_back(memory);
    if (chunk->used == 0) put_away(chunk);
}

SlabMemory::Chunk* SlabMemory::open_chunk(std::size_t piece_size) {
    void* memory = spare_;
    if (spare_ != nullptr) {
        spare_ = spare_->next;
        --spares_;
    } else {
        memory = chunks_.allocate(kChunkSize, kChunkSize);
        VV_ASSERT(reinterpret_cast<std::uintptr_t>(memory) % kChunkSize == 0);
    }
    forbid(static_cast<std::byte*>(memory) + sizeof(Chunk), kChunkSize - sizeof(Chunk));
    auto* chunk = ::new (memory) Chunk;
    chunk->piece_size = piece_size;
    link(chunk);
    ++in_use_;
    return chunk;
}

void SlabMemory::put_away(Chunk* chunk) {
    unlink(chunk);
    --in_use_;
    if (spares_ < kSpareChunks) {
        chunk->next = spare_;
        spare_ = chunk;
        ++spares_;
        return;
    }
    permit(chunk, kChunkSize);
    chunks_.deallocate(chunk, kChunkSize, kChunkSize);
}

void SlabMemory::link(Chunk* chunk) {
    Chunk*& first = with_room_.at(chunk->piece_size / kStep - 1);
    chunk->previous = nullptr;
    chunk->next = first;
    if (first != nullptr) first->previous = chunk;
    first = chunk;
}

void SlabMemory::unlink(Chunk* chunk) {
    Chunk*& first = with_room_.at(chunk->piece_size / kStep - 1);
    (chunk->previous != nullptr ? chunk->previous->next : first) = chunk->next;
    if (chunk->next != nullptr) chunk->next->previous = chunk->previous;
    chunk->next = chunk->previous = nullptr;
}

} // namespace vv
