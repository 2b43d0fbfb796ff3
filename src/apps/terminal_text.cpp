#include "apps/terminal_text.h"

#include "base/encoding.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace vv::apps {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Letter {
    std::uint32_t code = 0;
    std::string_view bytes;
};

// The first character of well-formed UTF-8.
Letter first_letter(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i)
        code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    return {code, text.substr(0, size)};
}

bool is_harmful(std::uint32_t code) {
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    const bool breaks_lines = code == 0x2028 || code == 0x2029;
    const bool turns_direction = code == 0x061C || code == 0x200E || code == 0x200F ||
                                 (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    // Not the joiners U+200C and U+200D, without which many scripts cannot be written.
    const bool invisible = code == 0x00AD || code == 0x180E || code == 0x200B || (code >= 0x2060 && code <= 0x2065) ||
                           (code >= 0x206A && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
                           (code >= 0xE0000 && code <= 0xE007F);
    return control || breaks_lines || turns_direction || invisible;
}

bool is_blank(std::uint32_t code) {
    return code == ' ' || code == '\n' || code == '\t' || code == 0x00A0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F || code == 0x3000;
}

// How many columns of a terminal a character takes; East Asian ones and pictures take two, and so counts what may.
std::size_t cells_of(std::uint32_t code) {
    return code >= 0x2300 || (code >= 0x1100 && code <= 0x115F) ? 2 : 1;
}

// Every run of blanks as one: in a table two of them stand between columns, and no cell may look like several.
std::string with_single_blanks(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Letter letter = first_letter(text);
        if (!is_blank(letter.code)) {
            out += letter.bytes;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
        text.remove_prefix(letter.bytes.size());
    }
    return out;
}

} // namespace

std::string harmless(std::string_view text) {
    const bool valid = is_valid_utf8(as_bytes(text));
    std::string out;
    while (!text.empty()) {
        const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
        if (!valid && !ascii) {
            out += kReplacement;
            text.remove_prefix(1);
            continue;
        }
        const Letter letter = first_letter(text);
        out += is_harmful(letter.code) ? fmt::format("\\u{{{:x}}}", letter.code) : std::string(letter.bytes);
        text.remove_prefix(letter.bytes.size());
    }
    return out;
}

std::string harmless_line(std::string_view text, std::size_t characters_max) {
    std::string line =
        is_valid_utf8(as_bytes(text)) ? harmless(with_single_blanks(text)) : with_single_blanks(harmless(text));
    if (count_characters(line) <= characters_max) return line;
    std::string_view rest = line;
    std::string cut;
    for (std::size_t i = 0; i + 1 < characters_max; ++i) {
        const Letter letter = first_letter(rest);
        cut += letter.bytes;
        rest.remove_prefix(letter.bytes.size());
    }
    return cut + "\xE2\x80\xA6"; // …
}

std::vector<std::string> folded(std::string_view text, std::size_t cells_max) {
    std::vector<std::string> lines(1);
    std::size_t cells = 0;
    const std::string shown = harmless(text);
    for (std::string_view rest = shown; !rest.empty();) {
        const Letter letter = first_letter(rest);
        cells += cells_of(letter.code);
        if (cells > cells_max) {
            lines.emplace_back();
            cells = cells_of(letter.code);
        }
        lines.back() += letter.bytes;
        rest.remove_prefix(letter.bytes.size());
    }
    return lines;
}

std::string date_and_time(WallTime time) {
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
}

std::string iso_time(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
}

std::string roughly(std::chrono::seconds time) {
    struct Unit {
        std::chrono::seconds size;
        const char* name;
    };
    // Two of a smaller unit say more than one of a larger: 47 h, then 2 d.
    constexpr std::array<Unit, 4> kUnits = {{{std::chrono::days(1), "d"},
                                             {std::chrono::hours(1), "h"},
                                             {std::chrono::minutes(1), "min"},
                                             {std::chrono::seconds(1), "s"}}};
    for (const Unit& unit : kUnits) {
        if (time >= 2 * unit.size || (unit.size == std::chrono::seconds(1) && time >= unit.size)) {
            return std::to_string((time + unit.size / 2) / unit.size) + " " + unit.name;
        }
    }
    return "a moment";
}

std::string ago(WallTime now, WallTime then) {
    return roughly(std::max(now - then, std::chrono::seconds(0))) + " ago";
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], count_characters(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - count_characters(row[i]), ' ');
            const bool right = rows.front()[i].starts_with(' ');
            line += (i > 0 ? "  " : "") + (right ? padding + row[i] : row[i] + padding);
        }
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

} // namespace vv::apps
