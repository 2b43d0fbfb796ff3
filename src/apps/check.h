// `visavis check URL`: tries a running service from outside, as people meet it, with a
// call of this program with itself (docs/check.md).
#pragma once

#include "apps/check_command.h"
#include "apps/embedded_assets.h"

#include <span>

namespace vv::apps {

/// Shows what was found on standard output; what to end the program with. Ends within the command's time, whatever the
/// service does. page: the one inside this program. Throws ConfigError for a file that cannot be used.
[[nodiscard]] int run_check(const CheckCommand& command, std::span<const EmbeddedAsset> page);

} // namespace vv::apps
