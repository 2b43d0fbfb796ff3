// Reads JSON from outside as a page does (web/core/shape.ts): a field that must be
// there and is missing or of the wrong form spoils the whole, one that may be missing
// and is there must fit as well, and what nobody asks for is passed over.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vv::caller {

/// Integers beyond this are not exact in every JSON reader (RFC 8259 §6).
inline constexpr std::uint64_t kIntegerMax = (std::uint64_t{1} << 53U) - 1;
/// Identifiers, codes and names, in characters.
inline constexpr std::size_t kNameMax = 128;

/// Nothing for what is no JSON object, or lies deeper than a message may.
[[nodiscard]] std::optional<nlohmann::json> parse_object(std::string_view text);

class Fields {
public:
    /// The object outlives it.
    explicit Fields(const nlohmann::json& object) : object_(&object) {}

    /// Nothing was wrong so far.
    [[nodiscard]] bool ok() const { return ok_; }
    void fail() { ok_ = false; }

    /// Null counts as absent.
    [[nodiscard]] bool has(const char* name) const;
    /// size_max: in characters.
    std::string text(const char* name, std::size_t size_max);
    std::string name(const char* name) { return text(name, kNameMax); }
    std::uint64_t integer(const char* name, std::uint64_t least = 0);
    double number(const char* name);
    bool flag(const char* name);
    /// Nothing, and spoilt, if it is not there.
    const nlohmann::json* object(const char* name);
    const nlohmann::json* array(const char* name, std::size_t count_max);
    /// The place among these words.
    template <typename Enum>
    Enum choice(const char* name, std::initializer_list<std::string_view> words) {
        return static_cast<Enum>(choose(name, {words.begin(), words.size()}));
    }
    template <typename Enum>
    Enum choice(const char* name, std::span<const std::string_view> words) {
        return static_cast<Enum>(choose(name, words));
    }

    // The same of fields that may be missing.
    std::string text_or(const char* name, std::size_t size_max, std::string missing = {});
    std::optional<std::string> maybe_text(const char* name, std::size_t size_max);
    std::optional<std::uint64_t> maybe_integer(const char* name, std::uint64_t least = 0);
    std::optional<double> maybe_number(const char* name);
    bool flag_or(const char* name, bool missing) { return has(name) ? flag(name) : missing; }
    const nlohmann::json* maybe_object(const char* name) { return has(name) ? object(name) : nullptr; }
    const nlohmann::json* maybe_array(const char* name, std::size_t count_max) {
        return has(name) ? array(name, count_max) : nullptr;
    }
    template <typename Enum>
    Enum choice_or(const char* name, std::initializer_list<std::string_view> words, Enum missing) {
        return has(name) ? choice<Enum>(name, words) : missing;
    }
    template <typename Enum>
    Enum choice_or(const char* name, std::span<const std::string_view> words, Enum missing) {
        return has(name) ? choice<Enum>(name, words) : missing;
    }

private:
    [[nodiscard]] const nlohmann::json* find(const char* name) const;
    std::size_t choose(const char* name, std::span<const std::string_view> words);

    const nlohmann::json* object_;
    bool ok_ = true;
};

} // namespace vv::caller
