#include "lobby/language_tag.h"

#include "base/ascii.h"

#include <algorithm>
#include <vector>

namespace vv::lobby {
namespace {

// Locale-free, as tags are ASCII.
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool all_letters(std::string_view s) {
    return std::all_of(s.begin(), s.end(), is_letter);
}
bool all_digits(std::string_view s) {
    return std::all_of(s.begin(), s.end(), is_digit);
}
bool all_alphanumeric(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

// RFC 5646 §2.2.1: four letters are reserved, and of those with more none has ever been registered. Who writes one
// means the language's name.
bool is_language(std::string_view s) {
    return (s.size() == 2 || s.size() == 3) && all_letters(s);
}
bool is_extended_language(std::string_view s) {
    return s.size() == 3 && all_letters(s);
}
bool is_script(std::string_view s) {
    return s.size() == 4 && all_letters(s);
}
bool is_region(std::string_view s) {
    return (s.size() == 2 && all_letters(s)) || (s.size() == 3 && all_digits(s));
}
bool is_variant(std::string_view s) {
    return (s.size() >= 5 && s.size() <= 8) || (s.size() == 4 && is_digit(s[0]));
}

std::vector<std::string_view> split(std::string_view tag) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t dash = tag.find('-');
        parts.push_back(tag.substr(0, dash));
        if (dash == std::string_view::npos) return parts;
        tag.remove_prefix(dash + 1);
    }
}

using Parts = std::vector<std::string_view>;

// RFC 5646 §2.1: singleton 1*("-" (2*8alphanum)); after x, 1*("-" (1*8alphanum)) to the end.
bool skip_extensions(const Parts& parts, std::size_t i) {
    while (i < parts.size()) {
        if (parts[i].size() != 1) return false;
        const bool is_private = ascii_lower(parts[i][0]) == 'x';
        const std::size_t first = ++i;
        while (i < parts.size() && (is_private || parts[i].size() >= 2))
            ++i;
        if (i == first) return false;
    }
    return true;
}

bool is_well_formed(const Parts& parts) {
    const auto fits = [](std::string_view s) { return !s.empty() && s.size() <= 8 && all_alphanumeric(s); };
    if (!std::all_of(parts.begin(), parts.end(), fits) || !is_language(parts[0])) return false;
    std::size_t i = 1;
    for (int count = 0; count < 3 && i < parts.size() && is_extended_language(parts[i]); ++count)
        ++i;
    if (i < parts.size() && is_script(parts[i])) ++i;
    if (i < parts.size() && is_region(parts[i])) ++i;
    while (i < parts.size() && is_variant(parts[i]))
        ++i;
    return skip_extensions(parts, i);
}

// RFC 5646 §2.1.1: two letters in upper case and four in title case, unless they
// come first or after a singleton; all else in lower case.
void put_case(std::string& out, std::string_view part, bool plain) {
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool upper = !plain && (part.size() == 2 || (part.size() == 4 && i == 0));
        out += upper ? to_upper(part[i]) : ascii_lower(part[i]);
    }
}

} // namespace

std::optional<std::string> canonical_language_tag(std::string_view tag) {
    if (tag.size() > kLanguageTagMax) return std::nullopt;
    const Parts parts = split(tag);
    if (!is_well_formed(parts)) return std::nullopt;
    std::string out;
    bool after_singleton = false;
    for (const std::string_view part : parts) {
        const bool first = out.empty();
        if (!first) out += '-';
        put_case(out, part, first || after_singleton);
        after_singleton = after_singleton || part.size() == 1;
    }
    return out;
}

std::string_view script_of(std::string_view canonical_tag) {
    for (const std::string_view part : split(canonical_tag)) {
        if (is_script(part) && part[0] >= 'A' && part[0] <= 'Z' && part[1] >= 'a') return part;
    }
    return {};
}

} // namespace vv::lobby
