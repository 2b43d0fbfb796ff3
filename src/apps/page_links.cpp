#include "apps/page_links.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vv::apps {
namespace {

constexpr std::size_t kReferenceMax = 2048;
constexpr std::array<std::string_view, 6> kNaming{"src", "href", "data", "action", "formaction", "poster"};

// What HTML takes for blanks (Infra §4.6).
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

std::string_view without_blanks(std::string_view text) {
    const auto begin = std::ranges::find_if_not(text, is_blank);
    return text.substr(static_cast<std::size_t>(begin - text.begin()));
}

// What stands behind the '=' of an attribute, if there is one (HTML §13.2.5.35 to 38).
std::optional<std::string_view> value_of(std::string_view text) {
    text = without_blanks(text.substr(0, kReferenceMax));
    if (!text.starts_with('=')) return std::nullopt;
    text = without_blanks(text.substr(1));
    if (text.starts_with('"') || text.starts_with('\'')) return text.substr(1, text.find(text.front(), 1) - 1);
    const auto end = std::ranges::find_if(text, [](char c) { return is_blank(c) || c == '>'; });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// The few names for characters that addresses are written with in HTML; an address that hides behind others leads to
// nothing here, and its document is told to be another all the same.
std::string plain(std::string_view value) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kNames{
        {{"&amp;", '&'}, {"&#47;", '/'}, {"&#x2f;", '/'}, {"&sol;", '/'}, {"&colon;", ':'}}};
    std::string out;
    while (!value.empty()) {
        const auto* const found = std::ranges::find_if(kNames, [&](const auto& name) {
            return equal_ignoring_case(value.substr(0, name.first.size()), name.first);
        });
        out += found == kNames.end() ? value.front() : found->second;
        value.remove_prefix(found == kNames.end() ? 1 : found->first.size());
    }
    return out;
}

void note(PageLinks& links, std::string reference) {
    const bool is_new = std::ranges::find(links.references, reference) == links.references.end();
    if (is_new && links.references.size() < kPageLinksMax) links.references.push_back(std::move(reference));
}

} // namespace

PageLinks links_of(std::string_view html) {
    html = html.substr(0, kLinkedPageMax);
    PageLinks links;
    char before = ' ';
    while (!html.empty()) {
        // A word of letters, and what stands around it.
        const auto end = std::ranges::find_if_not(html, is_letter);
        const std::string_view word = html.substr(0, static_cast<std::size_t>(end - html.begin()));
        html.remove_prefix(word.size());
        if (before == '<' && equal_ignoring_case(word, "script")) ++links.scripts;
        const bool is_naming =
            std::ranges::any_of(kNaming, [&](std::string_view name) { return equal_ignoring_case(word, name); });
        if (is_naming) {
            if (const auto value = value_of(html)) note(links, plain(*value));
        }
        if (html.empty()) break;
        before = html.front();
        html.remove_prefix(1);
    }
    return links;
}

} // namespace vv::apps
