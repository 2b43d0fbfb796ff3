// The Date header's form (RFC 9110 §5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include "base/instant.h"

#include <string>

namespace vv::net {

[[nodiscard]] std::string http_date(WallTime time);

} // namespace vv::net
