#include "apps/command_line.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace vv::apps {
namespace {

using namespace std::chrono_literals;

Command parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "check");
    return parse_command_line(arguments, [](const std::string&) { return std::nullopt; }, {});
}

CheckCommand check(const std::vector<std::string>& arguments) {
    Command command = parse(arguments);
    EXPECT_TRUE(std::holds_alternative<CheckCommand>(command));
    return std::holds_alternative<CheckCommand>(command) ? std::get<CheckCommand>(command) : CheckCommand{};
}

TEST(CheckCommand, APageIsEnough) {
    const CheckCommand command = check({"https://Talk.example:8443/p#1.KEY"});
    EXPECT_EQ(command.page.text(), "https://talk.example:8443/p") << "a link's key is nobody's business";
    EXPECT_EQ(command.time_max, 60s);
    EXPECT_EQ(command.form, CheckCommand::Form::kScreen);
    EXPECT_FALSE(command.trusted_file);
}

TEST(CheckCommand, EachFlagIsTaken) {
    const CheckCommand command = check({"http://localhost", "--timeout", "5", "--trust", "own.pem", "--json"});
    EXPECT_EQ(command.time_max, 5s);
    EXPECT_EQ(command.trusted_file, "own.pem");
    EXPECT_EQ(command.form, CheckCommand::Form::kJson);
    EXPECT_EQ(check({"http://localhost", "--prometheus", "--timeout", "600"}).form, CheckCommand::Form::kPrometheus);
}

TEST(CheckCommand, WhatCannotBeMeantIsRefused) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"localhost"},
                                                      {"ftp://localhost"},
                                                      {"http://localhost", "--timeout", "4"},
                                                      {"http://localhost", "--timeout", "601"},
                                                      {"http://localhost", "--timeout", ""},
                                                      {"http://localhost", "--json", "--prometheus"}})
        EXPECT_THROW((void)parse(arguments), ConfigError) << arguments.back();
    const Command none = parse({});
    ASSERT_TRUE(std::holds_alternative<PrintCommand>(none));
    EXPECT_EQ(std::get<PrintCommand>(none).exit_code, 2);
    const Command help = parse({"--help"});
    ASSERT_TRUE(std::holds_alternative<PrintCommand>(help));
    EXPECT_EQ(std::get<PrintCommand>(help).exit_code, 0);
    EXPECT_TRUE(std::get<PrintCommand>(help).text.contains("--prometheus"));
}

} // namespace
} // namespace vv::apps
