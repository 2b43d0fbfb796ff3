// The one name for "a value, or why there is none". Used for everything that
// bad input can cause; programmer errors are assertions (assert.h).
#pragma once

#include <expected>

namespace vv {

template <typename T, typename E>
using Result = std::expected<T, E>;

template <typename E>
using Failure = std::unexpected<E>;

} // namespace vv
