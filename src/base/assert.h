// Assertions for programmer errors. They stay on in release builds, and nothing
// that arrives from the network may ever reach one: bad input is a Result or a
// counted drop, never an abort.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace vv {

[[noreturn]] inline void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    std::abort();
}

} // namespace vv

// A macro because only the preprocessor can quote the expression and its place.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define VV_ASSERT(expression)                                                                                          \
    (static_cast<bool>(expression) ? void(0) : ::vv::assertion_failed(#expression, __FILE__, __LINE__))
