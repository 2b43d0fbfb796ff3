#include "net/redirect_page.h"

#include "base/socket_address.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace vv::net {
namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kNameSizeMax = 253; // RFC 1035 §2.3.4

bool is_name(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_';
    };
    return !text.empty() && text.size() <= kNameSizeMax && std::ranges::all_of(text, fits);
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::optional<std::string_view> host_of(std::string_view authority) {
    const bool is_bracketed = authority.starts_with('[');
    const std::size_t end = is_bracketed ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
    const std::string_view host = authority.substr(0, end); // npos + 1 is 0
    const std::string_view rest = authority.substr(end);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    if (!is_bracketed) return is_name(host) ? std::optional(host) : std::nullopt;
    const bool is_ipv6 = host.size() > 2 && IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
    return is_ipv6 ? std::optional(host) : std::nullopt;
}

RedirectPage::RedirectPage(const HttpHandler& pages, std::string host, std::uint16_t port)
    : pages_(pages),
      host_(std::move(host)),
      port_(port) {}

HttpResponse RedirectPage::handle_request(const HttpRequest& request) const {
    if (request.path() == kHealthPath) return pages_.handle_request(request);
    if (!request.is_read()) return method_refused("Only GET and HEAD are answered here.");
    std::string authority = host_;
    if (authority.empty()) {
        const auto host = host_of(request.header("host").value_or(""));
        if (!host) return plain_response(400, "The Host header names no host.");
        authority = *host;
        if (port_ != kHttpsPort) authority += ":" + std::to_string(port_);
    }
    // The host comes first whatever the target is: "//elsewhere" is a path of ours then. An asterisk is none.
    if (!request.target.starts_with('/')) return plain_response(400, "The address cannot be read.");
    HttpResponse response = plain_response(308, "This page is at https://.");
    response.headers.push_back({"Location", "https://" + authority + request.target});
    // Whoever changes the port later must not have sent people to the old one for ever.
    response.headers.push_back({"Cache-Control", "max-age=3600"});
    return response;
}

} // namespace vv::net
