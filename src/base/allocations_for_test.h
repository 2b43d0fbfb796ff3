// Counts pieces of memory that are taken from the heap, for tests of what must take
// none. Only where the address sanitizer holds the heap; elsewhere there are no such
// tests.
#pragma once

#if defined(__SANITIZE_ADDRESS__)

#include "base/assert.h"

#include <cstddef>

// The sanitizer's own; g++ has no header that declares it.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                                         void (*free_hook)(const volatile void*));

namespace vv {

/// What call takes, while nothing else runs.
template <typename Call>
[[nodiscard]] std::size_t allocations_of(Call call) {
    static std::size_t count = 0;
    static const int kInstalled = __sanitizer_install_malloc_and_free_hooks([](auto, auto) { ++count; }, [](auto) {});
    VV_ASSERT(kInstalled != 0);
    count = 0;
    call();
    return count;
}

} // namespace vv

#endif
