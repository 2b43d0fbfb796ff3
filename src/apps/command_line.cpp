#include "apps/command_line.h"

#include "apps/config_docs.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace vv::apps {
namespace {

constexpr const char* kVersion = "visavis " VV_VERSION;

// CLI11 wants the arguments last first.
std::vector<std::string> reversed(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);
    return arguments;
}

using GivenFlags = std::map<const Option*, std::vector<std::string>>;

void add_option_flags(CLI::App& serve, GivenFlags& given) {
    for (const auto& option : options()) {
        serve.add_option(std::string(option.flag), given[&option], std::string(option.help))
            ->type_name(std::string(option.value_form))
            ->group(std::string(option.key.substr(0, option.key.find('.'))))
            ->expected(1)
            ->multi_option_policy(option.is_list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    }
}

// CLI11 lists unknown arguments as they stand; a person wants to know which was meant.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
    std::string text = "visavis: " + std::string(error.what()) + "\n";
    std::vector<std::string_view> flags;
    for (const auto& option : options())
        flags.push_back(option.flag);
    for (const auto& argument : arguments) {
        const std::string flag = argument.substr(0, argument.find('='));
        if (!flag.starts_with("--") || std::ranges::find(flags, flag) != flags.end()) continue;
        if (const auto nearest = nearest_spelling(flag, flags)) text += "Did you mean " + *nearest + "?\n";
    }
    return text + "Run '" + app.get_name() + " serve --help' for the list.\n";
}

Config gather_config(const std::string& file_flag, const GivenFlags& given, const Environment& environment,
                     const EnvironmentNames& names) {
    Config config;
    const std::string file = file_flag.empty() ? environment("VISAVIS_CONFIG").value_or("") : file_flag;
    if (!file.empty()) apply_toml_file(config, file);
    apply_environment(config, environment, names);
    FlagValues flags;
    for (const auto& option : options()) {
        if (const auto& values = given.at(&option); !values.empty()) flags.emplace_back(&option, values);
    }
    apply_flags(config, flags);
    check_together(config);
    return config;
}

} // namespace

Command parse_command_line(const std::vector<std::string>& arguments, const Environment& environment,
                           const EnvironmentNames& names) {
    CLI::App app("Private calls through one small server: page, signaling, STUN and TURN.", "visavis");
    app.set_version_flag("--version", kVersion);
    app.require_subcommand(1);

    std::string config_file;
    GivenFlags given;
    CLI::App* serve = app.add_subcommand("serve", "Run the service.");
    serve->add_option("--config", config_file, "TOML file with settings (also VISAVIS_CONFIG).")->type_name("FILE");
    add_option_flags(*serve, given);

    std::string checked_file;
    CLI::App* config = app.add_subcommand("config", "Look at configuration without running anything.");
    config->require_subcommand(1);
    CLI::App* check = config->add_subcommand("check", "Say whether a file can be used, or what is wrong with it.");
    check->add_option("FILE", checked_file, "TOML file")->required();
    const CLI::App* list = config->add_subcommand("options", "Print the table of all options.");

    try {
        app.parse(reversed(arguments));
    } catch (const CLI::CallForVersion&) {
        return PrintCommand{std::string(kVersion) + "\n", 0};
    } catch (const CLI::CallForHelp&) {
        return PrintCommand{(serve->parsed() ? serve : config->parsed() ? config : &app)->help(), 0};
    } catch (const CLI::ParseError& error) {
        constexpr int kUsageError = 2;
        return PrintCommand{usage_error(app, error, arguments), kUsageError};
    }
    if (check->parsed()) return CheckConfigCommand{checked_file};
    if (list->parsed()) return PrintCommand{options_as_markdown(), 0};
    return ServeCommand{gather_config(config_file, given, environment, names)};
}

} // namespace vv::apps
