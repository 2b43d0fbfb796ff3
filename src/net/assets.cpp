#include "net/assets.h"

#include "base/ascii.h"

namespace vv::net {
namespace {

// q=0, q=0.0, q=0.00 or q=0.000 (RFC 9110 §12.4.2); any other weight is a yes.
bool is_refused(std::string_view parameters) {
    const auto q = parameters.find('=');
    if (q == std::string_view::npos) return false;
    const std::string_view value = trimmed(parameters.substr(q + 1));
    return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
}

// True or false if the list names the coding, nothing if it does not.
std::optional<bool> accepts(std::string_view list, std::string_view coding) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const std::string_view item = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        const auto semicolon = item.find(';');
        if (!equal_ignoring_case(trimmed(item.substr(0, semicolon)), coding)) continue;
        return semicolon == std::string_view::npos || !is_refused(item.substr(semicolon + 1));
    }
    return std::nullopt;
}

} // namespace

ContentEncoding choose_encoding(std::optional<std::string_view> accept_encoding, bool has_gzip, bool has_brotli) {
    if (!accept_encoding) return ContentEncoding::kIdentity;
    const bool others = accepts(*accept_encoding, "*").value_or(false);
    if (has_brotli && accepts(*accept_encoding, "br").value_or(others)) return ContentEncoding::kBrotli;
    if (has_gzip && accepts(*accept_encoding, "gzip").value_or(others)) return ContentEncoding::kGzip;
    return ContentEncoding::kIdentity;
}

} // namespace vv::net
