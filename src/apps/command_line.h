// What was asked for on the command line, as a value.
#pragma once

#include "apps/call_command.h"
#include "apps/check_command.h"
#include "apps/config.h"
#include "apps/config_load.h"
#include "apps/operator_commands.h"
#include "net/http_url.h"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace vv::apps {

/// Gathers the configuration again from where it came from; empty if that was no file. Throws ConfigError.
using ReadAgain = std::function<Config()>;

struct ServeCommand {
    Config config;
    ReadAgain read_again;
};
/// STUN and TURN alone, for a signaling server elsewhere.
struct RelayOnlyCommand {
    Config config;
    ReadAgain read_again;
};
/// What the relay on this machine does at this moment.
struct RelayStatusCommand {
    Config config;
};
struct CheckConfigCommand {
    std::filesystem::path file;
};
/// Whether a running server's page is the one inside this program.
struct VerifyPageCommand {
    net::HttpUrl url;
};
/// What this program is, and the page inside it.
struct VersionCommand {};
/// Nothing to run: print the text and end with this exit code (help, a usage error).
struct PrintCommand {
    std::string text;
    int exit_code = 0;
};
using Command = std::variant<ServeCommand, RelayOnlyCommand, RelayStatusCommand, CheckConfigCommand, ReportsCommand,
                             BansCommand, VerifyPageCommand, CallCommand, CheckCommand, VersionCommand, PrintCommand>;

/// Throws ConfigError for a configuration that cannot be used.
[[nodiscard]] Command parse_command_line(const std::vector<std::string>& arguments, const Environment& environment,
                                         const EnvironmentNames& names);

} // namespace vv::apps
