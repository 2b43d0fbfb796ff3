#include "apps/command_line.h"

#include "apps/call_syntax.h"
#include "apps/config_docs.h"
#include "apps/config_values.h"
#include "apps/serve.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace vv::apps {
namespace {

constexpr const char* kVerifyPageEnds = "Ends with 0 if everything is as published, 1 if something is not, 2 for a "
                                        "wrong command line, 3 if the server could "
                                        "not be asked or is no visavis, and 4 if it says that it is another version.";

// CLI11 wants the arguments last first.
std::vector<std::string> reversed(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);
    return arguments;
}

std::string help_of(const Option& option) {
    return std::string(option.help) + " Default: " + std::string(option.default_text) + ".";
}

using GivenFlags = std::map<const Option*, std::vector<std::string>>;

void add_option_flags(CLI::App& serve, GivenFlags& given) {
    for (const auto& option : options()) {
        serve.add_option(std::string(option.flag), given[&option], help_of(option))
            ->type_name(std::string(option.value_form))
            ->group(std::string(option.key.substr(0, option.key.find('.'))))
            ->expected(1)
            ->multi_option_policy(option.is_list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    }
}

// What could stand in a line that has come as far as this command: its flags and those above it, and what stands below.
std::vector<std::string> words_for(const CLI::App& app) {
    std::vector<std::string> words;
    for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
        for (const CLI::Option* const option : level->get_options()) {
            for (const std::string& name : option->get_lnames())
                words.push_back("--" + name);
        }
    }
    for (const CLI::App* const below : app.get_subcommands({}))
        words.push_back(below->get_name());
    return words;
}

std::string without_dashes(std::string_view word) {
    word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
    return std::string(word);
}

// The flag, or the command, that is most likely meant; a flag is no slip for a command, nor the other way round.
std::optional<std::string> nearest_word(const CLI::App& app, std::string_view given) {
    std::vector<std::string> words = words_for(app);
    std::erase_if(words, [&](const std::string& word) { return word.starts_with('-') != given.starts_with('-'); });
    const std::string dashes = given.starts_with('-') ? "--" : "";
    for (std::string& word : words)
        word = without_dashes(word);
    const auto nearest =
        nearest_spelling(without_dashes(given), std::vector<std::string_view>(words.begin(), words.end()));
    return nearest ? std::optional(dashes + *nearest) : std::nullopt;
}

// The way to what there is.
std::string way_to_help(const CLI::App& app) {
    std::string command = app.get_name();
    for (const CLI::App* level = app.get_parent(); level != nullptr; level = level->get_parent())
        command = level->get_name() + " " + command;
    return "; run '" + command + " --help' for what there is";
}

// CLI11 names what is missing before what is unknown, and of that all at once, last first.
std::string about_unknown(const CLI::App& app, const std::string& argument) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool is_flag = word.starts_with('-');
    const bool is_command = !is_flag && app.get_subcommands().empty() && !app.get_subcommands({}).empty();
    if (!is_flag && !is_command) return "'" + argument + "' is not expected" + way_to_help(app);
    const auto nearest = nearest_word(app, word);
    if (nearest == word) return "'" + word + "' stands behind '" + app.get_name() + "'";
    return std::string("there is no ") + (is_flag ? "flag" : "command") + " '" + word + "'" +
           (nearest ? "; did you mean '" + *nearest + "'?" : way_to_help(app));
}

// unknown: the arguments that CLI11 could do nothing with.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& unknown) {
    if (!unknown.empty()) return "visavis: " + about_unknown(app, unknown.front()) + "\n";
    const bool is_commandless = app.get_require_subcommand_min() > 0 && app.get_subcommands().empty();
    return "visavis: " + (is_commandless ? "a command is missing" : std::string(error.what())) + way_to_help(app) +
           "\n";
}

Config gather_config(const std::string& file_flag, const GivenFlags& given, const Environment& environment,
                     const EnvironmentNames& names, bool with_rooms) {
    Config config;
    const std::string file = file_flag.empty() ? environment("VISAVIS_CONFIG").value_or("") : file_flag;
    if (!file.empty()) apply_toml_file(config, file);
    apply_environment(config, environment, names);
    FlagValues flags;
    for (const auto& option : options()) {
        if (const auto& values = given.at(&option); !values.empty()) flags.emplace_back(&option, values);
    }
    apply_flags(config, flags);
    check_together(config, with_rooms);
    return config;
}

// How an operator's command finds the server's state directory: like the server itself.
struct Place {
    std::string config_file;
    std::vector<std::string> state_dir;
};

void add_place_options(CLI::App& command, Place& place) {
    const Option* const option = find_option("state_dir");
    command.add_option("--config", place.config_file, "The server's TOML file (also VISAVIS_CONFIG).")
        ->type_name("FILE");
    command.add_option(std::string(option->flag), place.state_dir, "The server's state directory.")
        ->type_name(std::string(option->value_form))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::filesystem::path directory_of(const Place& place, const Environment& environment, const EnvironmentNames& names) {
    GivenFlags given;
    for (const auto& option : options())
        given[&option];
    given[find_option("state_dir")] = place.state_dir;
    const Config config = gather_config(place.config_file, given, environment, names, true);
    return config.state_dir.empty() ? default_state_dir(environment) : config.state_dir;
}

std::chrono::seconds read_days(const std::string& text) {
    auto days = read_time(text, std::chrono::days(1), 0.0001, 365);
    if (!days) throw ConfigError("--days: " + days.error());
    return *days;
}

// Read here and not by CLI11, which takes a number that is too large for the largest there is.
template <typename Id>
std::vector<Id> read_ids(const std::vector<std::string>& texts, const std::string& what) {
    std::vector<Id> ids;
    for (const std::string& text : texts) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size() || number < 1) {
            throw ConfigError("'" + text + "' is not the number of a " + what + "; 'visavis " + what +
                              "s' lists those there are");
        }
        ids.emplace_back(number);
    }
    return ids;
}

net::HttpUrl read_page_address(const std::string& text) {
    if (auto url = net::parse_http_url(text)) return *std::move(url);
    throw ConfigError("'" + text + "' is no address of a page; one is written like https://example.org");
}

/// `visavis reports` and what stands below it.
class ReportsSyntax {
public:
    explicit ReportsSyntax(CLI::App& app)
        : reports_(app.add_subcommand("reports", "Read what people reported; decide.")) {
        add_place_options(*reports_, place_);
        reports_->add_flag("--all", all_, "Also those that are decided.");
        reports_->add_flag("--json", json_, "For programs.");
        reports_->require_subcommand(0, 1);
        show_ = below("show", "Everything that is kept of a report.");
        dismiss_ = below("dismiss", "Nothing follows; a cooldown the report led to ends.");
        ban_ = below("ban", "Keep the device that is meant out of the rooms.");
        days_ = ban_->add_option("--days", days_text_, "For so long; without it as long as the report is kept.")
                    ->type_name("NUMBER");
    }
    [[nodiscard]] const CLI::App* parsed() const { return deepest({show_, dismiss_, ban_, reports_}); }
    [[nodiscard]] ReportsCommand command(const Environment& environment, const EnvironmentNames& names) const {
        ReportsCommand command;
        command.directory = directory_of(place_, environment, names);
        command.all = all_;
        command.json = json_;
        command.ids = read_ids<safety::ReportId>(ids_, "report");
        using Action = ReportsCommand::Action;
        if (show_->parsed()) command.action = Action::kShow;
        if (dismiss_->parsed()) command.action = Action::kDismiss;
        if (ban_->parsed()) command.action = Action::kBan;
        // Also when its text is empty, as by a script's mistake: that must not mean as long as possible.
        if (days_->count() > 0) command.ban_time = read_days(days_text_);
        return command;
    }
    static const CLI::App* deepest(std::initializer_list<const CLI::App*> apps) {
        const auto* const found = std::ranges::find_if(apps, [](const CLI::App* app) { return app->parsed(); });
        return found == apps.end() ? nullptr : *found;
    }

private:
    CLI::App* below(const char* name, const char* help) {
        CLI::App* const command = reports_->add_subcommand(name, help)->fallthrough();
        command->add_option("ID", ids_, "Numbers of reports.")->required();
        return command;
    }

    CLI::App* reports_;
    CLI::App* show_ = nullptr;
    CLI::App* dismiss_ = nullptr;
    CLI::App* ban_ = nullptr;
    Place place_;
    bool all_ = false;
    bool json_ = false;
    std::vector<std::string> ids_;
    const CLI::Option* days_ = nullptr;
    std::string days_text_;
};

/// `visavis bans` and what stands below it.
class BansSyntax {
public:
    explicit BansSyntax(CLI::App& app) : bans_(app.add_subcommand("bans", "Look at the bans in force; lift them.")) {
        add_place_options(*bans_, place_);
        bans_->add_flag("--json", json_, "For programs.");
        bans_->require_subcommand(0, 1);
        lift_ = bans_->add_subcommand("lift", "Let the device into the rooms again.")->fallthrough();
        lift_->add_option("ID", ids_, "Numbers of bans.")->required();
    }
    [[nodiscard]] const CLI::App* parsed() const { return ReportsSyntax::deepest({lift_, bans_}); }
    [[nodiscard]] BansCommand command(const Environment& environment, const EnvironmentNames& names) const {
        BansCommand command;
        command.directory = directory_of(place_, environment, names);
        command.json = json_;
        command.ids = read_ids<net::BanId>(ids_, "ban");
        if (lift_->parsed()) command.action = BansCommand::Action::kLift;
        return command;
    }

private:
    CLI::App* bans_;
    CLI::App* lift_ = nullptr;
    Place place_;
    bool json_ = false;
    std::vector<std::string> ids_;
};

CLI::App* add_service(CLI::App& app, const std::string& name, const std::string& what, std::string& config_file,
                      GivenFlags& given) {
    CLI::App* const service = app.add_subcommand(name, what);
    service->add_option("--config", config_file, "TOML file with settings (also VISAVIS_CONFIG).")->type_name("FILE");
    add_option_flags(*service, given);
    return service;
}

} // namespace

Command parse_command_line(const std::vector<std::string>& arguments, const Environment& environment,
                           const EnvironmentNames& names) {
    CLI::App app("Private calls through one small server: page, signaling, STUN and TURN.", "visavis");
    app.set_version_flag("--version", "", "Say which version this is, and the hash of the page inside it.");
    app.require_subcommand(1);

    std::string config_file;
    GivenFlags given;
    CLI::App* serve = add_service(app, "serve", "Run the service.", config_file, given);
    CLI::App* relay =
        add_service(app, "relay", "Run STUN and TURN alone, for a signaling server elsewhere.", config_file, given);
    const CLI::App* status =
        relay->add_subcommand("status", "Say what the relay on this machine is doing.")->fallthrough();
    std::string checked_file;
    CLI::App* config = app.add_subcommand("config", "Look at configuration without running anything.");
    config->require_subcommand(1);
    CLI::App* check = config->add_subcommand("check", "Say whether a file can be used, or what is wrong with it.");
    check->add_option("FILE", checked_file, "TOML file")->required();
    const CLI::App* list = config->add_subcommand("options", "Print the table of all options.");
    std::string page_address;
    CLI::App* verify = app.add_subcommand("verify-page", "Say whether a server's page is the one inside this program.");
    verify->add_option("URL", page_address, "Where the page is, such as https://example.org")->required();
    verify->footer(kVerifyPageEnds);
    const ReportsSyntax reports(app);
    const BansSyntax bans(app);
    const CallSyntax call(app);
    const CheckSyntax checking(app);
    const auto parsed = [&] {
        if (const CLI::App* below = reports.parsed()) return below;
        if (const CLI::App* below = bans.parsed()) return below;
        if (const CLI::App* below = call.parsed()) return below;
        if (const CLI::App* below = checking.parsed()) return below;
        const CLI::App* const other = ReportsSyntax::deepest({serve, status, relay, check, config, verify});
        return other == nullptr ? static_cast<const CLI::App*>(&app) : other;
    };

    try {
        app.parse(reversed(arguments));
    } catch (const CLI::CallForVersion&) {
        return VersionCommand{};
    } catch (const CLI::CallForHelp&) {
        return PrintCommand{parsed()->help(), 0};
    } catch (const CLI::ParseError& error) {
        constexpr int kUsageError = 2;
        return PrintCommand{usage_error(*parsed(), error, app.remaining(true)), kUsageError};
    }
    if (check->parsed()) return CheckConfigCommand{checked_file};
    if (verify->parsed()) return VerifyPageCommand{read_page_address(page_address)};
    if (list->parsed()) return PrintCommand{options_as_markdown(), 0};
    if (reports.parsed() != nullptr) return reports.command(environment, names);
    if (bans.parsed() != nullptr) return bans.command(environment, names);
    if (call.parsed() != nullptr) return call.command();
    if (checking.parsed() != nullptr) return checking.command();
    const auto gather = [config_file, given, environment, names, with_rooms = serve->parsed()] {
        return gather_config(config_file, given, environment, names, with_rooms);
    };
    if (status->parsed()) return RelayStatusCommand{gather()};
    const bool has_file = !config_file.empty() || !environment("VISAVIS_CONFIG").value_or("").empty();
    const ReadAgain read_again = has_file ? ReadAgain(gather) : ReadAgain();
    if (relay->parsed()) return RelayOnlyCommand{gather(), read_again};
    return ServeCommand{gather(), read_again};
}

} // namespace vv::apps
