// visavis serve: turns a configuration into the running service.
#pragma once

#include "apps/config.h"
#include "apps/config_load.h"

namespace vv::apps {

/// Runs until SIGTERM or SIGINT; returns the exit code. Throws ConfigError or another exception when it cannot start.
int serve(const Config& config, const Environment& environment);

} // namespace vv::apps
