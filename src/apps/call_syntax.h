// `visavis call` on the command line.
#pragma once

#include "apps/call_command.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vv::apps {

/// `call` and its flags below `visavis`.
class CallSyntax {
public:
    explicit CallSyntax(CLI::App& app);
    CallSyntax(const CallSyntax&) = delete;
    CallSyntax& operator=(const CallSyntax&) = delete;

    [[nodiscard]] const CLI::App* parsed() const;
    /// Throws ConfigError with a sentence that says what to do.
    [[nodiscard]] CallCommand command() const;

private:
    /// Also with an empty value, as by a script's mistake: that is no leave to do as without it.
    [[nodiscard]] bool is_given(const std::string& flag) const;
    [[nodiscard]] std::optional<std::chrono::seconds> seconds(const std::string& flag, const std::string& text) const;
    [[nodiscard]] CallCommand::Place place(const std::string& fragment) const;
    void take_played(CallCommand& command) const;
    void take_written(CallCommand& command) const;

    CLI::App* call_;
    std::string url_;
    std::string room_;
    bool new_link_ = false;
    std::vector<std::string> play_;
    std::vector<std::string> write_;
    std::string accept_;
    std::string wait_;
    std::string duration_;
    std::string patience_;
    std::string trust_;
    bool hides_address_ = false;
    bool is_json_ = false;
    bool is_quiet_ = false;
};

} // namespace vv::apps
