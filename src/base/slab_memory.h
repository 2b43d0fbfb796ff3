// Memory for small things that come and go in great numbers and in any order:
// pieces of one size share a chunk, and a chunk of which nothing is used goes
// back to where it came from. The general heap keeps whatever lies between two
// things that stay, which after a busy hour is most of it.
//
// A std::pmr::memory_resource, for the containers of one machine. Not for
// several threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <utility>

namespace vv {

class SlabMemory final : public std::pmr::memory_resource {
public:
    static constexpr std::size_t kChunkSize = 16'384;
    /// What is larger, or aligned to more, comes from `large`.
    static constexpr std::size_t kPieceMax = 2'048;
    static constexpr std::size_t kAlignMax = 64;
    /// Empty chunks kept for what comes next, so that the last piece of a chunk may come and go at no cost.
    static constexpr std::size_t kSpareChunks = 4;

    /// chunks: asked for kChunkSize bytes, aligned to as many, and for nothing else. Both outlive this.
    explicit SlabMemory(std::pmr::memory_resource& chunks,
                        std::pmr::memory_resource& large = *std::pmr::new_delete_resource())
        : chunks_(chunks),
          large_(large) {}
    SlabMemory(const SlabMemory&) = delete;
    SlabMemory& operator=(const SlabMemory&) = delete;
    /// Every piece has been given back.
    ~SlabMemory() override;

private:
    struct Piece;
    struct Chunk;
    static constexpr std::size_t kStep = 16; // between the sizes of pieces

    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
        return this == &other;
    }

    [[nodiscard]] Chunk* open_chunk(std::size_t piece_size);
    void put_away(Chunk* chunk);
    void link(Chunk* chunk);
    void unlink(Chunk* chunk);

    std::pmr::memory_resource& chunks_;
    std::pmr::memory_resource& large_;
    std::array<Chunk*, kPieceMax / kStep> with_room_{}; // by the size of their pieces: the first of each list
    Chunk* spare_ = nullptr;
    std::size_t spares_ = 0;
    std::size_t in_use_ = 0; // chunks with pieces
};

/// Gives an object back to the memory it was made in.
template <typename T>
struct GiveBack {
    std::pmr::memory_resource* memory = nullptr;

    void operator()(T* object) const { std::pmr::polymorphic_allocator<>(memory).delete_object(object); }
};

/// The one owner of an object in such memory.
template <typename T>
using Placed = std::unique_ptr<T, GiveBack<T>>;

/// Where T has an allocator it gets this memory as well.
template <typename T, typename... Arguments>
[[nodiscard]] Placed<T> place_in(std::pmr::memory_resource& memory, Arguments&&... arguments) {
    std::pmr::polymorphic_allocator<> allocator(&memory);
    return {allocator.new_object<T>(std::forward<Arguments>(arguments)...), {&memory}};
}

} // namespace vv
