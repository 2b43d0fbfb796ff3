// `visavis call URL`: a whole call from here, without a browser (docs/call.md).
#pragma once

#include "apps/call_command.h"

namespace vv::apps {

/// Until the call is over, or a signal ends it; what to end the program with. Throws ConfigError for files that cannot
/// be used, std::runtime_error where this machine lacks something.
[[nodiscard]] int run_call(const CallCommand& command);

} // namespace vv::apps
