#include "net/http_url.h"

#include "base/ascii.h"
#include "base/socket_address.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace vv::net {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_char(char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

// What may stand in a request line; everything else would have to be written with '%'.
bool is_target_char(char c) {
    return c > 0x20 && c < 0x7F && c != '#';
}

bool take_port(std::string_view text, std::uint16_t& port) {
    if (text.empty()) return true; // "host:" is "host"
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool take_host(std::string_view text, HttpUrl& url) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        const auto ip = IpAddress::parse(text.substr(1, end - 1));
        if (!ip || ip->is_v4()) return false;
        url.host = ip->to_string();
        text.remove_prefix(end + 1);
        if (text.empty()) return true;
        return text.starts_with(':') && take_port(text.substr(1), url.port);
    }
    const auto colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (name.empty() || !std::ranges::all_of(name, is_name_char)) return false;
    url.host = ascii_lowered(name);
    return colon == std::string_view::npos || take_port(text.substr(colon + 1), url.port);
}

std::string_view before(std::string_view text, char stop) {
    return text.substr(0, text.find(stop));
}

// "scheme:" in front of a reference (RFC 3986 §3.1).
std::optional<std::string_view> scheme_of(std::string_view text) {
    const auto colon = text.find_first_of(":/?#");
    if (colon == std::string_view::npos || colon == 0 || text[colon] != ':') return std::nullopt;
    const std::string_view scheme = text.substr(0, colon);
    const bool is_one =
        std::ranges::all_of(scheme, [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; });
    return is_one ? std::optional(scheme) : std::nullopt;
}

// RFC 3986 §5.2.4: "." and ".." as the last or a middle piece.
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> pieces;
    bool ends_open = false;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view piece = before(path, '/');
        path.remove_prefix(piece.size());
        ends_open = path.empty() && (piece == "." || piece == "..");
        if (piece == ".." && !pieces.empty()) pieces.pop_back();
        if (piece != "." && piece != "..") pieces.push_back(piece);
    }
    std::string out;
    for (const std::string_view piece : pieces)
        out.append("/").append(piece);
    if (ends_open || out.empty()) out += "/";
    return out;
}

// Of a reference without scheme and host.
std::optional<std::string> target_at(const HttpUrl& base, std::string_view reference) {
    const std::string_view path = reference.substr(0, reference.find('?'));
    const std::string_view query = reference.substr(path.size());
    std::string found;
    if (path.starts_with('/'))
        found = without_dots(path);
    else if (path.empty())
        found = query.empty() ? base.target : std::string(base.path());
    else
        found = without_dots(std::string(base.path().substr(0, base.path().rfind('/') + 1)) + std::string(path));
    found += query;
    return std::ranges::all_of(found, is_target_char) ? std::optional(found) : std::nullopt;
}

std::string as_browsers_read(std::string_view text) {
    const auto is_around = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && is_around(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_around(text.back()))
        text.remove_suffix(1);
    std::string read;
    bool is_path = true;
    for (const char c : text) {
        if (c == '\t' || c == '\r' || c == '\n') continue;
        if (c == '?' || c == '#') is_path = false;
        read += c == '\\' && is_path ? '/' : c;
    }
    return read;
}

} // namespace

std::string HttpUrl::authority() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    std::string text = is_v6 ? "[" + host + "]" : host;
    if (port != (is_tls ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(port);
    return text;
}

std::string HttpUrl::origin() const {
    return (is_tls ? "https://" : "http://") + authority();
}

std::string_view HttpUrl::path() const {
    return before(target, '?');
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
    if (text.size() > kUrlMax) return std::nullopt;
    const auto scheme = scheme_of(text);
    if (!scheme) return std::nullopt;
    HttpUrl url;
    url.is_tls = equal_ignoring_case(*scheme, "https");
    if (!url.is_tls && !equal_ignoring_case(*scheme, "http")) return std::nullopt;
    url.port = url.is_tls ? kHttpsPort : kHttpPort;
    text.remove_prefix(scheme->size() + 1);
    if (!text.starts_with("//")) return std::nullopt;
    text.remove_prefix(2);
    const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
    if (!take_host(authority, url)) return std::nullopt;
    const std::string_view rest = before(text.substr(authority.size()), '#');
    const auto target = target_at(url, rest);
    if (!target) return std::nullopt;
    url.target = *target;
    return url;
}

std::optional<HttpUrl> resolve_reference(const HttpUrl& base, std::string_view reference) {
    if (reference.size() > kUrlMax) return std::nullopt;
    const std::string read = as_browsers_read(reference);
    if (scheme_of(read)) return parse_http_url(read);
    if (read.starts_with("//")) return parse_http_url((base.is_tls ? "https:" : "http:") + read);
    HttpUrl url = base;
    const auto target = target_at(base, before(read, '#'));
    if (!target) return std::nullopt;
    url.target = *target;
    return url;
}

} // namespace vv::net
