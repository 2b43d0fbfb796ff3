// The way out of a start that failed for its place: which option chooses another.
#pragma once

#include "net/place_error.h"

#include <string>

namespace vv::apps {

/// The error's line and, in the same, what to do.
[[nodiscard]] std::string with_way_out(const net::PlaceError& error);

} // namespace vv::apps
