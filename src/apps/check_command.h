// `visavis check URL` as a value, read from the command line.
#pragma once

#include "net/http_url.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace vv::apps {

struct CheckCommand {
    enum class Form : std::uint8_t { kScreen, kJson, kPrometheus };

    net::HttpUrl page{};
    std::optional<std::filesystem::path> trusted_file{};
    std::chrono::seconds time_max{60}; ///< for all of it
    Form form = Form::kScreen;
};

/// `check` and its flags below `visavis`.
class CheckSyntax {
public:
    explicit CheckSyntax(CLI::App& app);
    CheckSyntax(const CheckSyntax&) = delete;
    CheckSyntax& operator=(const CheckSyntax&) = delete;

    [[nodiscard]] const CLI::App* parsed() const;
    /// Throws ConfigError with a sentence that says what to do.
    [[nodiscard]] CheckCommand command() const;

private:
    CLI::App* check_;
    std::string url_;
    std::string trust_;
    std::string timeout_;
    bool is_json_ = false;
    bool is_prometheus_ = false;
};

} // namespace vv::apps
