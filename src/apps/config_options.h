// The one table of options: its rows are the keys of the TOML file, the
// environment variables, the flags and the page docs/configuration.md.
#pragma once

#include "apps/config.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

using OptionError = std::string; // what is wrong with the value, as the end of a sentence

/// What SIGHUP does with an option.
enum class OnReload : std::uint8_t {
    kKept, ///< nothing; a change needs a restart, and the log says so
    kTaken,
};

struct Option {
    std::string_view key;          // "http.listen"; in the file: listen under [http]
    std::string_view flag;         // "--listen"
    std::string_view value_form;   // what a value looks like, for help and errors
    std::string_view default_text; // for help and the documentation
    std::string_view help;         // one sentence
    bool is_list = false;          // several values: a TOML array, commas elsewhere
    Result<void, OptionError> (*set)(Config& config, std::span<const std::string_view> values) = nullptr;
    OnReload on_reload = OnReload::kKept;

    /// "VISAVIS_HTTP_LISTEN" for "http.listen".
    [[nodiscard]] std::string environment_name() const;
};

/// Sets the option, and notes what it was given and where. Empty values: for a list only.
[[nodiscard]] Result<void, OptionError> set_option(Config& config, const Option& option,
                                                   const std::vector<crypto::SecretBytes>& values,
                                                   const std::string& place);

[[nodiscard]] std::span<const Option> options();
[[nodiscard]] const Option* find_option(std::string_view key);

/// The candidate nearest to the word by edit distance, small letters and capitals being the same, or nothing when none
/// is near enough to be a slip.
[[nodiscard]] std::optional<std::string> nearest_spelling(std::string_view word,
                                                          std::span<const std::string_view> candidates);

} // namespace vv::apps
