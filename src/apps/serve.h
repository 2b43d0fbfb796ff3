// visavis serve: turns a configuration into the running service.
#pragma once

#include "apps/command_line.h"
#include "apps/config.h"
#include "apps/config_load.h"
#include "apps/embedded_assets.h"

#include <filesystem>
#include <span>
#include <vector>

namespace vv::apps {

/// Runs until SIGTERM or SIGINT; returns the exit code. Throws ConfigError or another exception when it cannot start.
int serve(ServeCommand command, const Environment& environment, std::span<const EmbeddedAsset> embedded);

/// The same for STUN and TURN alone, which keeps nothing: the secret is in the configuration.
int relay_only(RelayOnlyCommand command, const Environment& environment);

/// Where the metrics are served; empty: nowhere.
[[nodiscard]] std::vector<SocketAddress> metrics_listen(const Config& config);

/// Where the server keeps its key when nothing is configured: $STATE_DIRECTORY (a service manager's), else
/// $XDG_STATE_HOME/visavis, else ~/.local/state/visavis. Throws ConfigError if none of them is set.
[[nodiscard]] std::filesystem::path default_state_dir(const Environment& environment);

} // namespace vv::apps
