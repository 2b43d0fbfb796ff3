#include "apps/command_line.h"

#include <gtest/gtest.h>

#include <map>

namespace vv::apps {
namespace {

const Environment kNoEnvironment = [](const std::string&) { return std::nullopt; };

Command parse(const std::vector<std::string>& arguments) {
    return parse_command_line(arguments, kNoEnvironment, {});
}

TEST(CommandLine, ServeTakesFlagsOfEveryKind) {
    const auto command = parse({"serve", "--listen", "localhost:9000", "--listen=*:9001", "--tls", "self-signed",
                                "--public-address", "45.10.0.1", "--threads", "2"});
    const auto* serve = std::get_if<ServeCommand>(&command);
    ASSERT_NE(serve, nullptr);
    EXPECT_EQ(serve->config.http_listen.size(), 4U);
    EXPECT_EQ(serve->config.tls_mode, TlsMode::kSelfSigned);
    EXPECT_EQ(serve->config.public_addresses.size(), 1U);
    EXPECT_EQ(serve->config.threads, 2U);
}

TEST(CommandLine, ARelayTakesTheSameFlags) {
    const auto command = parse({"relay", "--turn-secrets", "a secret of two servers", "--threads", "2"});
    const auto* relay = std::get_if<RelayOnlyCommand>(&command);
    ASSERT_NE(relay, nullptr);
    EXPECT_EQ(relay->config.turn_secrets, std::vector{crypto::SecretBytes("a secret of two servers")});
    EXPECT_EQ(relay->config.threads, 2U);
    const auto status = parse({"relay", "status", "--metrics-listen", "127.0.0.1:9999"});
    ASSERT_TRUE(std::holds_alternative<RelayStatusCommand>(status));
    EXPECT_EQ(std::get<RelayStatusCommand>(status).config.metrics_listen.at(0).port, 9999);
}

TEST(CommandLine, RoomsOfARelayAreNobodys) {
    const auto command = parse({"relay", "--rooms-languages", ""});
    EXPECT_TRUE(std::holds_alternative<RelayOnlyCommand>(command));
    EXPECT_THROW((void)parse({"serve", "--rooms-languages", ""}), ConfigError);
}

TEST(CommandLine, ASlipInAFlagNamesTheRightOne) {
    const auto command = parse({"serve", "--public-adress", "45.10.0.1"});
    const auto* print = std::get_if<PrintCommand>(&command);
    ASSERT_NE(print, nullptr);
    EXPECT_EQ(print->exit_code, 2);
    EXPECT_EQ(print->text, "visavis: there is no flag '--public-adress'; did you mean '--public-address'?\n");
}

TEST(CommandLine, ABadFlagValueIsAConfigurationError) {
    try {
        (void)parse({"serve", "--threads", "many"});
        FAIL() << "a bad value was taken";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "--threads: threads: 'many' is not a whole number from 1 to 64");
    }
}

TEST(CommandLine, ConfigCheckAndVersionAndHelp) {
    const auto check = parse({"config", "check", "x.toml"});
    ASSERT_TRUE(std::holds_alternative<CheckConfigCommand>(check));
    EXPECT_EQ(std::get<CheckConfigCommand>(check).file, "x.toml");
    EXPECT_TRUE(std::holds_alternative<VersionCommand>(parse({"--version"})));
    const std::string help = std::get<PrintCommand>(parse({"serve", "--help"})).text;
    EXPECT_NE(help.find("--listen"), std::string::npos);
    for (const auto& option : options()) {
        const std::string text = "Default: " + std::string(option.default_text) + ".";
        EXPECT_NE(help.find(text), std::string::npos) << option.key;
    }
    EXPECT_EQ(std::get<PrintCommand>(parse({})).exit_code, 2);
}

TEST(CommandLine, APageIsVerifiedAtAnAddressAndNothingElse) {
    const auto command = parse({"verify-page", "https://Talk.example/p?x#1.KEY"});
    ASSERT_TRUE(std::holds_alternative<VerifyPageCommand>(command));
    EXPECT_EQ(std::get<VerifyPageCommand>(command).url.text(), "https://talk.example/p?x");
    EXPECT_THROW((void)parse({"verify-page", "talk.example"}), ConfigError);
    EXPECT_EQ(std::get<PrintCommand>(parse({"verify-page"})).exit_code, 2);
    const std::string help = std::get<PrintCommand>(parse({"verify-page", "--help"})).text;
    EXPECT_NE(help.find("Ends with 0"), std::string::npos);
}

// ---- the operator's commands

using Reports = ReportsCommand::Action;

ReportsCommand reports(const std::vector<std::string>& arguments) {
    return std::get<ReportsCommand>(parse(arguments));
}

std::string config_error(const std::vector<std::string>& arguments) {
    try {
        (void)parse(arguments);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no error";
}

std::string usage(const std::vector<std::string>& arguments) {
    const auto command = parse(arguments);
    const auto* const print = std::get_if<PrintCommand>(&command);
    return print == nullptr || print->exit_code != 2 ? "no usage error" : print->text;
}

TEST(OperatorLine, ReportsAreListedUnlessMoreIsSaid) {
    const auto list = reports({"reports", "--state-dir", "/s"});
    EXPECT_EQ(list.action, Reports::kList);
    EXPECT_EQ(list.directory, "/s");
    EXPECT_FALSE(list.all || list.json);
    const auto all = reports({"reports", "--all", "--json", "--state-dir=/s"});
    EXPECT_TRUE(all.all && all.json);
}

TEST(OperatorLine, DecisionsTakeOneReportOrSeveral) {
    const auto show = reports({"reports", "show", "7", "--state-dir", "/s"});
    EXPECT_EQ(show.action, Reports::kShow);
    EXPECT_EQ(show.ids, std::vector{safety::ReportId(7)});
    EXPECT_EQ(show.directory, "/s") << "flags may stand behind";
    const auto dismiss = reports({"reports", "--state-dir", "/s", "dismiss", "7", "9223372036854775807"});
    EXPECT_EQ(dismiss.action, Reports::kDismiss);
    EXPECT_EQ(dismiss.ids, (std::vector{safety::ReportId(7), safety::ReportId(9223372036854775807)}));
}

TEST(OperatorLine, ABanIsForAsLongAsTheReportIsKeptOrForDays) {
    EXPECT_EQ(reports({"reports", "--state-dir", "/s", "ban", "7"}).ban_time, std::nullopt);
    const auto ban = reports({"reports", "ban", "7", "8", "--days", "0.5", "--state-dir", "/s"});
    EXPECT_EQ(ban.action, Reports::kBan);
    EXPECT_EQ(ban.ids.size(), 2U);
    EXPECT_EQ(ban.ban_time, std::chrono::hours(12));
    EXPECT_EQ(reports({"reports", "ban", "--days", "365", "7", "--state-dir", "/s"}).ban_time, std::chrono::days(365));
}

TEST(OperatorLine, BansAreListedOrLifted) {
    const auto list = std::get<BansCommand>(parse({"bans", "--json", "--state-dir", "/s"}));
    EXPECT_EQ(list.action, BansCommand::Action::kList);
    EXPECT_TRUE(list.json);
    const auto lift = std::get<BansCommand>(parse({"bans", "lift", "3", "--state-dir", "/s"}));
    EXPECT_EQ(lift.action, BansCommand::Action::kLift);
    EXPECT_EQ(lift.ids, std::vector{net::BanId(3)});
    EXPECT_EQ(lift.directory, "/s");
}

TEST(OperatorLine, TheStateDirectoryIsFoundLikeTheServersOwn) {
    const Environment environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "VISAVIS_STATE_DIR") return "/from/variable";
        return std::nullopt;
    };
    const auto command = parse_command_line({"reports"}, environment, {"VISAVIS_STATE_DIR"});
    EXPECT_EQ(std::get<ReportsCommand>(command).directory, "/from/variable");
    const Environment home = [](const std::string& name) -> std::optional<std::string> {
        return name == "HOME" ? std::optional<std::string>("/home/x") : std::nullopt;
    };
    EXPECT_EQ(std::get<BansCommand>(parse_command_line({"bans"}, home, {})).directory, "/home/x/.local/state/visavis");
    EXPECT_EQ(config_error({"reports"}), "no place for the server's key is known; set --state-dir");
}

TEST(OperatorLine, WhatIsNoNumberIsNamedAndWhereToFindOne) {
    for (const char* bad : {"x", "0", "1.5", "1x", "", "99999999999999999999"}) {
        EXPECT_EQ(config_error({"reports", "--state-dir", "/s", "show", bad}),
                  "'" + std::string(bad) + "' is not the number of a report; 'visavis reports' lists those there are");
        EXPECT_EQ(config_error({"bans", "--state-dir", "/s", "lift", "1", bad}),
                  "'" + std::string(bad) + "' is not the number of a ban; 'visavis bans' lists those there are");
    }
}

TEST(OperatorLine, DaysHaveLimits) {
    for (const char* bad : {"x", "0", "0.00009", "-1", "366", "nan"}) {
        EXPECT_EQ(config_error({"reports", "--state-dir", "/s", "ban", "7", "--days=" + std::string(bad)}),
                  "--days: '" + std::string(bad) + "' is not a number from 0.0001 to 365");
    }
    EXPECT_EQ(config_error({"reports", "--state-dir", "/s", "ban", "7", "--days", ""}),
              "--days: '' is not a number from 0.0001 to 365");
}

TEST(OperatorLine, WhatIsMissingOrUnknownIsSaidWithTheWayToHelp) {
    const std::map<std::vector<std::string>, std::string> usages = {
        {{"reports", "show"}, "ID is required; run 'visavis reports show --help' for what there is"},
        {{"bans", "lift"}, "ID is required; run 'visavis bans lift --help' for what there is"},
        {{"reports", "dismis", "1"}, "there is no command 'dismis'; did you mean 'dismiss'?"},
        {{"report"}, "there is no command 'report'; did you mean 'reports'?"},
        {{"reports", "ban", "1", "--day", "3"}, "there is no flag '--day'; did you mean '--days'?"},
        {{"reports", "show", "1", "--days", "3"},
         "there is no flag '--days'; run 'visavis reports show --help' for what there is"},
        {{"bans", "--al"}, "there is no flag '--al'; run 'visavis bans --help' for what there is"},
        {{"reports", "ban", "1", "--days"},
         "--days: 1 required NUMBER missing; run 'visavis reports ban --help' for what there is"},
        {{}, "a command is missing; run 'visavis --help' for what there is"},
        {{"config"}, "a command is missing; run 'visavis config --help' for what there is"},
        {{"bogus"}, "there is no command 'bogus'; run 'visavis --help' for what there is"},
        {{"bogus", "--listen", "*:1"}, "there is no command 'bogus'; run 'visavis --help' for what there is"},
        {{"config", "chek", "f"}, "there is no command 'chek'; did you mean 'check'?"},
        {{"config", "check", "f", "g"}, "'g' is not expected; run 'visavis config check --help' for what there is"},
        {{"serve", "--port", "80"}, "there is no flag '--port'; run 'visavis serve --help' for what there is"},
        {{"serve", "--Listen=*:80"}, "there is no flag '--Listen'; did you mean '--listen'?"},
        {{"--listen", "127.0.0.1:0", "serve"}, "'--listen' stands behind 'serve'"},
        {{"--listen=127.0.0.1:0", "serve"}, "'--listen' stands behind 'serve'"},
        {{"--days", "3", "reports", "ban", "1"}, "'--days' stands behind 'ban'"},
        {{"--listn", "127.0.0.1:0", "serve"}, "there is no flag '--listn'; did you mean '--listen'?"},
        {{"serve", "80"}, "'80' is not expected; run 'visavis serve --help' for what there is"},
    };
    for (const auto& [arguments, expected] : usages)
        EXPECT_EQ(usage(arguments), "visavis: " + expected + "\n");
}

} // namespace
} // namespace vv::apps
