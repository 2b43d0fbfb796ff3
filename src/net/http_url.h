// Addresses of pages and of what they name, as far as a client of ours follows them: http and https.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

inline constexpr std::size_t kUrlMax = 2048;

struct HttpUrl {
    bool is_tls = false;
    std::string host; // lower case; an IPv6 address without its brackets
    std::uint16_t port = 80;
    std::string target = "/"; // with the query, without the fragment

    /// "example.org:8443", as browsers write it: without the usual port.
    [[nodiscard]] std::string authority() const;
    /// "https://example.org:8443".
    [[nodiscard]] std::string origin() const;
    [[nodiscard]] std::string text() const { return origin() + target; }
    /// The target up to the first '?'.
    [[nodiscard]] std::string_view path() const;

    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// An absolute address. Nothing for another scheme, one with a user's name in it, and what is no address; names are
/// taken in their ASCII form only.
[[nodiscard]] std::optional<HttpUrl> parse_http_url(std::string_view text);

/// Where a reference leads that stands on the page at `base` (RFC 3986 §5.2), read as tolerantly as browsers do:
/// blanks around it and line ends in it are passed over, a backslash is a slash. Nothing if that is not http or https.
[[nodiscard]] std::optional<HttpUrl> resolve_reference(const HttpUrl& base, std::string_view reference);

} // namespace vv::net
