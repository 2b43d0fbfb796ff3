// visavis: parse what was asked, run it, and turn a start-up failure into one clear line.
#include "apps/call.h"
#include "apps/certificate.h"
#include "apps/check.h"
#include "apps/command_line.h"
#include "apps/other_place.h"
#include "apps/page_hash.h"
#include "apps/relay_status.h"
#include "apps/serve.h"
#include "apps/verify_page.h"
#include "net/clock.h"
#include "net/standard_descriptors.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace {

using vv::apps::CheckConfigCommand;
using vv::apps::Command;
using vv::apps::Config;
using vv::apps::ConfigError;
using vv::apps::EnvironmentNames;
using vv::apps::PrintCommand;
using vv::apps::RelayOnlyCommand;
using vv::apps::RelayStatusCommand;
using vv::apps::ServeCommand;
using vv::apps::VerifyPageCommand;
using vv::apps::VersionCommand;

constexpr int kConfigurationError = 2;
constexpr int kStartUpFailure = 1;

EnvironmentNames visavis_variables() {
    EnvironmentNames names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with("VISAVIS_")) names.emplace_back(text.substr(0, text.find('=')));
    }
    return names;
}

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): nobody here sets one
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int check_config(const CheckConfigCommand& command) {
    Config config;
    vv::apps::apply_toml_file(config, command.file);
    vv::apps::check_together(config);
    vv::apps::check_files(config);
    std::printf("%s: this configuration can be used\n", command.file.c_str());
    return 0;
}

int tell_status(const RelayStatusCommand& command) {
    try {
        const std::string metrics = vv::apps::metrics_or_reason(vv::apps::metrics_listen(command.config).at(0));
        std::fputs(vv::apps::describe_relay(metrics).c_str(), stdout);
        return 0;
    } catch (const std::runtime_error& error) {
        std::fprintf(stderr, "visavis: %s\n", error.what());
    } catch (const std::out_of_range&) {
        std::fputs("visavis: the metrics are off (metrics.on), and so there is nothing to ask\n", stderr);
    }
    return kStartUpFailure;
}

int verify(const VerifyPageCommand& command) {
    vv::net::HttpClient client;
    const auto fetch = [&client](const vv::net::HttpUrl& url, std::string_view header_lines) {
        return client.fetch(url, header_lines);
    };
    const auto report = vv::apps::verify_page(command.url, vv::apps::embedded_assets(), fetch);
    // What was found is what was asked for, whichever it is; only where nothing could be is it an error's.
    const bool has_looked = report.verdict != vv::apps::PageVerdict::kNotChecked;
    std::fputs(report.text.c_str(), has_looked ? stdout : stderr);
    return static_cast<int>(report.verdict);
}

int print(const PrintCommand& command) {
    std::fputs(command.text.c_str(), command.exit_code == 0 ? stdout : stderr);
    return command.exit_code;
}

// A decision that cannot be made is said in one line, like everything that goes wrong.
template <typename OperatorCommand>
int decide(const OperatorCommand& command) {
    try {
        std::fputs(vv::apps::carry_out(command, vv::net::wall_now()).c_str(), stdout);
        return 0;
    } catch (const vv::net::DatabaseError& error) {
        std::fprintf(stderr, "visavis: %s\n", error.what());
        return kStartUpFailure;
    }
}

int run(Command command) {
    if (const auto* reading = std::get_if<vv::apps::ReportsCommand>(&command)) return decide(*reading);
    if (const auto* looking = std::get_if<vv::apps::BansCommand>(&command)) return decide(*looking);
    if (auto* serving = std::get_if<ServeCommand>(&command))
        return vv::apps::serve(std::move(*serving), variable, vv::apps::embedded_assets());
    if (auto* relaying = std::get_if<RelayOnlyCommand>(&command))
        return vv::apps::relay_only(std::move(*relaying), variable);
    if (const auto* calling = std::get_if<vv::apps::CallCommand>(&command)) return vv::apps::run_call(*calling);
    if (const auto* trying = std::get_if<vv::apps::CheckCommand>(&command))
        return vv::apps::run_check(*trying, vv::apps::embedded_assets());
    if (const auto* asking = std::get_if<RelayStatusCommand>(&command)) return tell_status(*asking);
    if (const auto* checking = std::get_if<CheckConfigCommand>(&command)) return check_config(*checking);
    if (const auto* verifying = std::get_if<VerifyPageCommand>(&command)) return verify(*verifying);
    if (std::holds_alternative<VersionCommand>(command))
        return print({vv::apps::version_text(vv::apps::embedded_assets()), 0});
    return print(std::get<PrintCommand>(command));
}

} // namespace

int main(int argc, char** argv) {
    vv::net::open_standard_descriptors();
    try {
        return run(vv::apps::parse_command_line({argv + 1, argv + argc}, variable, visavis_variables()));
    } catch (const ConfigError& error) {
        std::fprintf(stderr, "visavis: %s\n", error.what());
        return kConfigurationError;
    } catch (const vv::net::PlaceError& error) {
        std::fprintf(stderr, "visavis: cannot start: %s\n", vv::apps::with_way_out(error).c_str());
        return kStartUpFailure;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "visavis: cannot start: %s\n", error.what());
        return kStartUpFailure;
    }
}
