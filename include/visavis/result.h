// What a call gives back that may not succeed: a value, or why there is none.
//
// The library reports so whatever the other end, the network or the moment can cause, and throws nothing while it
// runs: a refused description is no exception in a program that talks to strangers. Only constructors throw, for
// what makes the object impossible (no descriptor left, an ICE server that is no address).
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace visavis {

enum class ErrorCode : std::uint8_t {
    kRefused,      ///< a description that cannot be made or taken (RFC 8829); Error::what says why, nothing has changed
    kEnded,        ///< the connection or the channel has ended, or is being closed (descriptions: kRefused)
    kNotConnected, ///< there is no path to the other end now, or there are no keys yet
    kNotAgreed,    ///< by the descriptions this end does not send that, or the other end has no stream for it
    kBadArgument,  ///< not what the documentation of the call asks for
    kTooLarge,     ///< longer than the other end takes
    kFull,         ///< no room now: what was given before has not been sent yet, or there are as many as there may be
};
/// In words, for people and logs.
[[nodiscard]] std::string_view name_of(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::kRefused;
    /// In words. Quotes nothing of what was handed in, so it may be logged. Lives as long as the program.
    std::string_view what{};
    /// Of a description: the line that is wrong, from 1. 0: no single one.
    std::size_t line = 0;
};

/// Thrown by Result::value() where there is none, and by nothing else.
class BadResult : public std::runtime_error {
public:
    explicit BadResult(const Error& error) : std::runtime_error(std::string(error.what)), error_(error) {}
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Error error_;
};

template <typename T>
class [[nodiscard]] Result {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): returned as what it holds
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, error) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value. Throws BadResult if there is none.
    const T& value() const& {
        check();
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        check();
        return std::move(*std::get_if<0>(&state_));
    }
    /// Only where there is a value.
    [[nodiscard]] const T& operator*() const { return *std::get_if<0>(&state_); }
    [[nodiscard]] const T* operator->() const { return std::get_if<0>(&state_); }
    /// Only where there is none.
    [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }

private:
    void check() const {
        if (!has_value()) throw BadResult(error());
    }
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): returned as what it holds
    Result(Error error) : state_(error) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    /// Throws BadResult if it did not succeed.
    void value() const {
        if (!has_value()) throw BadResult(error());
    }
    /// Only where it did not succeed.
    [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }

private:
    std::variant<std::monostate, Error> state_;
};

} // namespace visavis
