#include "net/http_message.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::net {
namespace {

bool has_element(std::string_view list, std::string_view element) {
    while (true) {
        const auto comma = list.find(',');
        if (equal_ignoring_case(trimmed(list.substr(0, comma)), element)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

constexpr std::array<std::pair<int, std::string_view>, 22> kPhrases{{
    {101, "Switching Protocols"},
    {200, "OK"},
    {304, "Not Modified"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

// After these the rest of what the client sends cannot be trusted to be a request.
constexpr std::array kClosing{400, 408, 411, 413, 414, 417, 431, 501, 505};

} // namespace

std::string_view HttpRequest::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
    const auto found = std::ranges::find(headers_, name, [this](const Header& header) { return name_of(header); });
    if (found == headers_.end()) return std::nullopt;
    return value_of(*found);
}

std::size_t HttpRequest::header_count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count(headers_, name, [this](const Header& header) { return name_of(header); }));
}

bool HttpRequest::header_has_element(std::string_view name, std::string_view element) const {
    return std::ranges::any_of(headers_, [&](const Header& header) {
        return name_of(header) == name && has_element(value_of(header), element);
    });
}

void HttpRequest::append_name(std::string_view piece) {
    if (std::exchange(in_value_, false)) headers_.push_back({static_cast<std::uint32_t>(text_.size()), 0, 0});
    std::ranges::transform(piece, std::back_inserter(text_), ascii_lower);
    headers_.back().name_size += static_cast<std::uint32_t>(piece.size());
}

void HttpRequest::append_value(std::string_view piece) {
    in_value_ = true;
    if (headers_.empty()) return;
    text_ += piece;
    headers_.back().value_size += static_cast<std::uint32_t>(piece.size());
}

std::string_view HttpRequest::name_of(const Header& header) const {
    return std::string_view(text_).substr(header.begin, header.name_size);
}

std::string_view HttpRequest::value_of(const Header& header) const {
    return trimmed(std::string_view(text_).substr(header.begin + header.name_size, header.value_size));
}

std::string_view status_phrase(int status) {
    const auto found = std::ranges::find(kPhrases, status, &std::pair<int, std::string_view>::first);
    return found == kPhrases.end() ? std::string_view() : found->second;
}

HttpResponse plain_response(int status, std::string_view line) {
    HttpResponse response;
    response.status = status;
    response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.body = std::string(line) + "\n";
    response.close = std::ranges::find(kClosing, status) != kClosing.end();
    return response;
}

HttpResponse method_refused(std::string_view line, std::string_view allowed) {
    HttpResponse response = plain_response(405, line);
    response.headers.push_back({"Allow", std::string(allowed)});
    return response;
}

std::string write_head(const HttpResponse& response, std::string_view date, bool keep_alive) {
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
    head += status_phrase(response.status);
    head += "\r\nDate: ";
    head += date;
    head += "\r\n";
    for (const auto& header : response.headers)
        head += header.name + ": " + header.value + "\r\n";
    if (response.status != 101) {
        if (response.status != 304) head += "Content-Length: " + std::to_string(response.body_size()) + "\r\n";
        head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    }
    head += "\r\n";
    return head;
}

} // namespace vv::net
