#include "net/log.h"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

spdlog::level::level_enum native(LogLevel level) {
    switch (level) {
    case LogLevel::kDebug:
        return spdlog::level::debug;
    case LogLevel::kInfo:
        return spdlog::level::info;
    case LogLevel::kWarn:
        return spdlog::level::warn;
    case LogLevel::kError:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

// A JSON string: quotes, and every byte that could end a line or fake another field is escaped.
std::string quoted(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string value_as_text(const LogField& field, bool show_addresses) {
    const std::string_view text = field.text(show_addresses);
    const auto plain = [](char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c < '\x7f'; };
    if (!text.empty() && std::ranges::all_of(text, plain)) return std::string(text);
    return quoted(text);
}

std::string value_as_json(const LogField& field, bool show_addresses) {
    const std::string_view text = field.text(show_addresses);
    return field.bare() ? std::string(text) : quoted(text);
}

} // namespace

Log::Log(const LogOptions& options)
    : Log(options, std::make_shared<spdlog::logger>("visavis", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Log::Log(const LogOptions& options, std::shared_ptr<spdlog::logger> logger)
    : json_(options.json),
      show_addresses_(options.show_addresses),
      logger_(std::move(logger)) {
    logger_->set_level(native(options.level));
    logger_->flush_on(spdlog::level::debug);
    logger_->set_pattern(options.json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                      : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

Log::~Log() = default;

void Log::set(LogLevel level, bool show_addresses) {
    logger_->set_level(native(level));
    show_addresses_.store(show_addresses, std::memory_order_relaxed);
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::kDebug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::kInfo, event, fields);
}
void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::kWarn, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::kError, event, fields);
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!logger_->should_log(native(level))) return;
    const bool show_addresses = shows_addresses();
    std::string line = json_ ? "\"event\":" + quoted(event) : std::string(event);
    for (const auto& field : fields) {
        if (json_) {
            line += "," + quoted(field.key()) + ":" + value_as_json(field, show_addresses);
        } else {
            line += " " + std::string(field.key()) + "=" + value_as_text(field, show_addresses);
        }
    }
    logger_->log(native(level), "{}", line);
}

} // namespace vv::net
