// An HTTP request as the parser found it and a response as it goes out: values
// without any I/O.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

class HttpRequest {
public:
    std::string method;
    std::string target;     // as sent: "/p?x=1"
    std::uint8_t minor = 1; // HTTP/1.0 or HTTP/1.1
    bool keep_alive = false;
    bool upgrade = false; // Connection: upgrade together with Upgrade

    /// The target up to the first '?'.
    [[nodiscard]] std::string_view path() const;
    /// The value of the first such header without blanks around it; the name in lower case.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] std::size_t header_count() const { return headers_.size(); }
    [[nodiscard]] std::size_t header_count(std::string_view name) const;
    /// True if a comma-separated header (all lines of it together) has this element; case does not matter.
    [[nodiscard]] bool header_has_element(std::string_view name, std::string_view element) const;
    [[nodiscard]] bool is_head() const { return method == "HEAD"; }
    /// GET or HEAD: asks for something and changes nothing.
    [[nodiscard]] bool is_read() const { return method == "GET" || is_head(); }

    void append_name(std::string_view piece);
    void append_value(std::string_view piece);

private:
    // All names and values in one string: a request has many headers and a short life.
    struct Header {
        std::uint32_t begin = 0;
        std::uint32_t name_size = 0;
        std::uint32_t value_size = 0;
    };
    [[nodiscard]] std::string_view name_of(const Header& header) const;
    [[nodiscard]] std::string_view value_of(const Header& header) const;

    std::string text_;
    std::vector<Header> headers_;
    bool in_value_ = true;
};

struct HttpHeader {
    std::string name;
    std::string value;
};

struct HttpResponse {
    int status = 200;
    std::vector<HttpHeader> headers;
    std::string body;
    /// Sent instead of body if not empty; must outlive the connection (an asset built into the program).
    ByteView lasting_body;
    bool close = false;

    [[nodiscard]] std::size_t body_size() const { return lasting_body.empty() ? body.size() : lasting_body.size(); }
};

/// "Not Found" for 404; "" for a status this server does not send.
[[nodiscard]] std::string_view status_phrase(int status);

/// A plain-English line as text/plain. Closes the connection if the status says that the
/// request could not be understood or was refused half way (400, 408, 411, 413, 414, 417, 431, 501, 505).
[[nodiscard]] HttpResponse plain_response(int status, std::string_view line);

/// 405 with the methods that are allowed (RFC 9110 §15.5.6).
[[nodiscard]] HttpResponse method_refused(std::string_view line, std::string_view allowed = "GET, HEAD");

/// Status line and headers with the blank line after them. Adds Date, Content-Length (but not
/// to 101 and 304) and, where it differs from HTTP/1.1's habit, Connection.
[[nodiscard]] std::string write_head(const HttpResponse& response, std::string_view date, bool keep_alive);

} // namespace vv::net
