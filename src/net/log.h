// The log: one line per event, a name and key=value fields, as text or JSON.
// Addresses and tokens come as Redacted<T> and are not shown unless the operator
// turned that on. Any thread may write.
#pragma once

#include "base/redacted.h"
#include "base/socket_address.h"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace vv::net {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

struct LogOptions {
    LogLevel level = LogLevel::kInfo;
    bool json = false;
    bool show_addresses = false;
};

/// What Log::set takes (base/reloadable.h): the form of the lines stays.
template <typename To, typename Visit>
void each_reloadable(To& to, const LogOptions& from, Visit visit) {
    visit(to.level, from.level);
    visit(to.show_addresses, from.show_addresses);
}

/// One key and its value on its way into the log.
class LogField {
public:
    LogField(std::string_view key, std::string_view value) : key_(key), text_(value) {}
    LogField(std::string_view key, const char* value) : key_(key), text_(value) {}
    template <std::integral Integer>
    LogField(std::string_view key, Integer value) : key_(key),
                                                    text_(std::to_string(value)),
                                                    bare_(true) {}
    LogField(std::string_view key, bool value) : key_(key), text_(value ? "true" : "false"), bare_(true) {}
    LogField(std::string_view key, const Redacted<SocketAddress>& value)
        : key_(key),
          text_(value.reveal().to_string()),
          sensitive_(true) {}
    LogField(std::string_view key, const Redacted<IpAddress>& value)
        : key_(key),
          text_(value.reveal().to_string()),
          sensitive_(true) {}
    /// A token or name: never shown, whatever the operator chose.
    LogField(std::string_view key, const Redacted<std::string>& /*value*/) : key_(key), text_(kRedactedText) {}

    [[nodiscard]] std::string_view key() const { return key_; }
    [[nodiscard]] std::string_view text(bool show_addresses) const {
        return sensitive_ && !show_addresses ? std::string_view(kRedactedText) : text_;
    }
    /// A number or a truth value, written without quotes.
    [[nodiscard]] bool bare() const { return bare_; }

private:
    std::string_view key_;
    std::string text_;
    bool sensitive_ = false;
    bool bare_ = false;
};

class Log {
public:
    /// Writes to standard error.
    explicit Log(const LogOptions& options);
    /// Writes through the logger given, for tests.
    Log(const LogOptions& options, std::shared_ptr<spdlog::logger> logger);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    /// Any thread. The form of the lines stays.
    void set(LogLevel level, bool show_addresses);

    /// Any thread.
    [[nodiscard]] bool shows_addresses() const { return show_addresses_.load(std::memory_order_relaxed); }

    void debug(std::string_view event, std::initializer_list<LogField> fields = {});
    void info(std::string_view event, std::initializer_list<LogField> fields = {});
    void warn(std::string_view event, std::initializer_list<LogField> fields = {});
    void error(std::string_view event, std::initializer_list<LogField> fields = {});

private:
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

    const bool json_;
    std::atomic<bool> show_addresses_;
    std::shared_ptr<spdlog::logger> logger_;
};

} // namespace vv::net
