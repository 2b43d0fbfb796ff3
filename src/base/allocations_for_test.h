// Counts what is taken from the heap, for tests of what must take nothing, or keep
// nothing. Only where the address sanitizer holds the heap; elsewhere there are no
// such tests.
#pragma once

#if defined(__SANITIZE_ADDRESS__)

#include "base/assert.h"

#include <cstddef>

// The sanitizer's own; g++ has no header that declares them.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
}

namespace vv {

class HeapCount {
public:
    static void begin() {
        static const int kInstalled = __sanitizer_install_malloc_and_free_hooks(note_taken, note_given_back);
        VV_ASSERT(kInstalled != 0);
        pieces_ = 0;
        bytes_ = 0;
    }
    [[nodiscard]] static std::size_t pieces() { return pieces_; }
    [[nodiscard]] static std::ptrdiff_t bytes() { return bytes_; }

private:
    static void note_taken(const volatile void* /*memory*/, std::size_t size) {
        ++pieces_;
        bytes_ += static_cast<std::ptrdiff_t>(size);
    }
    static void note_given_back(const volatile void* memory) {
        if (memory != nullptr) bytes_ -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(memory));
    }

    static inline std::size_t pieces_ = 0;
    static inline std::ptrdiff_t bytes_ = 0; // taken, less those given back
};

/// Pieces of memory that call takes, while nothing else runs.
template <typename Call>
[[nodiscard]] std::size_t allocations_of(Call call) {
    HeapCount::begin();
    call();
    return HeapCount::pieces();
}

/// Bytes that call takes and leaves taken, while nothing else runs; below zero where it gives back what was there
/// before.
template <typename Call>
[[nodiscard]] std::ptrdiff_t bytes_kept_by(Call call) {
    HeapCount::begin();
    call();
    return HeapCount::bytes();
}

} // namespace vv

#endif
