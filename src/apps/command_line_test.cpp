#include "apps/command_line.h"

#include <gtest/gtest.h>

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

TEST(CommandLine, ASlipInAFlagNamesTheRightOne) {
    const auto command = parse({"serve", "--public-adress", "45.10.0.1"});
    const auto* print = std::get_if<PrintCommand>(&command);
    ASSERT_NE(print, nullptr);
    EXPECT_EQ(print->exit_code, 2);
    EXPECT_NE(print->text.find("Did you mean --public-address?"), std::string::npos) << print->text;
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
    EXPECT_EQ(std::get<PrintCommand>(parse({"--version"})).exit_code, 0);
    EXPECT_NE(std::get<PrintCommand>(parse({"serve", "--help"})).text.find("--listen"), std::string::npos);
    EXPECT_EQ(std::get<PrintCommand>(parse({})).exit_code, 2);
}

} // namespace
} // namespace vv::apps
