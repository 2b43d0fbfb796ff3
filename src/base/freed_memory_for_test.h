// Looks for bytes in all memory that is given back, for tests of what must leave
// none behind. Only where the address sanitizer holds the heap; elsewhere there are
// no such tests.
#pragma once

#if defined(__SANITIZE_ADDRESS__)

#include "base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

// The sanitizer's own; g++ has no header that declares them.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
}

namespace vv {

class FreedMemory {
public:
    /// Looks from now on, as long as it lives. One at a time, and nothing else runs meanwhile. wanted outlives it, in
    /// memory that is not given back; not empty.
    explicit FreedMemory(ByteView wanted) {
        static const int kInstalled = __sanitizer_install_malloc_and_free_hooks([](auto, auto) {}, look);
        VV_ASSERT(kInstalled != 0 && wanted_.empty() && !wanted.empty());
        found_ = 0;
        wanted_ = wanted;
    }
    FreedMemory(const FreedMemory&) = delete;
    FreedMemory& operator=(const FreedMemory&) = delete;
    ~FreedMemory() { wanted_ = {}; }

    /// Pieces that were given back with these bytes in them.
    [[nodiscard]] static std::size_t found() { return found_; }

private:
    static void look(const volatile void* memory) {
        if (memory == nullptr || wanted_.empty()) return;
        const ByteView piece(static_cast<const std::uint8_t*>(const_cast<const void*>(memory)),
                             __sanitizer_get_allocated_size(memory));
        if (!std::ranges::search(piece, wanted_).empty()) ++found_;
    }

    static inline ByteView wanted_;
    static inline std::size_t found_ = 0;
};

} // namespace vv

#endif
