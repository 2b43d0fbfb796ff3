#include "apps/check_command.h"

#include "apps/config_load.h"
#include "apps/config_values.h"

#include <utility>

namespace vv::apps {
namespace {

// Less is not enough for the calls alone.
constexpr double kSecondsMin = 5;
constexpr double kSecondsMax = 600;

constexpr const char* kFooter = "Ends with 0 if all that the service offers works from here, 1 if something does not, "
                                "2 if it could not be asked or for a wrong command line, "
                                "and 3 if what was found could not be written. docs/check.md says what is looked at.";

} // namespace

CheckSyntax::CheckSyntax(CLI::App& app)
    : check_(app.add_subcommand("check",
                                "Try a running service from here, with a real call: what works, what does not.")) {
    check_->add_option("URL", url_, "Where the page is, such as https://example.org")->required();
    check_->add_option("--timeout", timeout_, "For all of it, 5 to 600. Default: 60.")->type_name("SECONDS");
    check_->add_option("--trust", trust_, "Certificates to trust in place of the system's, in PEM.")->type_name("FILE");
    check_->add_flag("--json", is_json_, "For programs.");
    check_->add_flag("--prometheus", is_prometheus_, "As metrics, for monitoring.");
    check_->footer(kFooter);
}

const CLI::App* CheckSyntax::parsed() const {
    return check_->parsed() ? check_ : nullptr;
}

CheckCommand CheckSyntax::command() const {
    CheckCommand command;
    // A private link is a page's address too; its key is nobody's business here.
    auto url = net::parse_http_url(url_.substr(0, url_.find('#')));
    if (!url) throw ConfigError("'" + url_ + "' is no address of a page; one is written like https://example.org");
    command.page = *std::move(url);
    if (check_->count("--timeout") > 0) {
        auto time = read_time(timeout_, std::chrono::seconds(1), kSecondsMin, kSecondsMax);
        if (!time) throw ConfigError("--timeout: " + time.error());
        command.time_max = *time;
    }
    if (check_->count("--trust") > 0) command.trusted_file = trust_;
    if (is_json_ && is_prometheus_) throw ConfigError("--json and --prometheus are two ways to be shown: choose one");
    if (is_json_) command.form = CheckCommand::Form::kJson;
    if (is_prometheus_) command.form = CheckCommand::Form::kPrometheus;
    return command;
}

} // namespace vv::apps
