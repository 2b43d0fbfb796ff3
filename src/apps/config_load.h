// Gathers a configuration from its four sources. Precedence, lowest first:
// built-in defaults, the TOML file, VISAVIS_* environment variables, flags.
#pragma once

#include "apps/config.h"
#include "apps/config_options.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::apps {

/// A flag as it was given: the option it belongs to and its values.
using FlagValues = std::vector<std::pair<const Option*, std::vector<std::string>>>;
/// Looks a variable up; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
/// All variables whose names begin with VISAVIS_, to notice misspelt ones.
using EnvironmentNames = std::vector<std::string>;

/// Applies the text of a TOML file. file_name is for errors, which name file, line and column.
/// Throws ConfigError.
void apply_toml(Config& config, std::string_view text, const std::string& file_name);
void apply_toml_file(Config& config, const std::filesystem::path& file);
void apply_environment(Config& config, const Environment& environment, const EnvironmentNames& names);
void apply_flags(Config& config, const FlagValues& flags);
/// What no single option can know: a certificate without its key, two public addresses of one family, and the like.
/// with_rooms: false for a relay alone, which takes the same file.
void check_together(const Config& config, bool with_rooms = true);

} // namespace vv::apps
