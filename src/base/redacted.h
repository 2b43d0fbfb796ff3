// Privacy by type: an address, token or name on its way into a log. Formatting
// a Redacted<T> prints a placeholder unless the operator asked to see it, so
// forgetting to hide a value is not possible; showing it takes intent.
#pragma once

#include <string>
#include <utility>

namespace vv {

template <typename T>
class Redacted {
public:
    explicit Redacted(T value) : value_(std::move(value)) {}

    /// The value itself, for code that works with it. Never pass it to a log.
    [[nodiscard]] const T& reveal() const { return value_; }

private:
    T value_;
};

/// What a log shows in place of every redacted value.
inline constexpr const char* kRedactedText = "[redacted]";

} // namespace vv
