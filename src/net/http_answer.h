// What a server answered, out of bytes (RFC 9112), on http-parser: for a client of ours.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

struct HttpAnswer {
    struct Header {
        std::string name; // in lower case
        std::string value;
    };

    int status = 0;
    std::vector<Header> headers = {};
    ByteBuffer body = {}; // as it came: a Content-Encoding is still on it

    /// The value of the first such header; the name in lower case.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] std::size_t header_count(std::string_view name) const;
};

struct HttpAnswerLimits {
    std::size_t head_max = std::size_t{64} * 1024;
    std::size_t headers_max = 200;
    std::size_t body_max = std::size_t{4} * 1024 * 1024;
    std::size_t preludes_max = 8; // 1xx answers before the real one (RFC 9110 §15.2)
};

enum class HttpAnswerFault : std::uint8_t { kUnreadable, kTooLarge };

class HttpAnswerParser {
public:
    explicit HttpAnswerParser(const HttpAnswerLimits& limits = {});
    HttpAnswerParser(const HttpAnswerParser&) = delete;
    HttpAnswerParser& operator=(const HttpAnswerParser&) = delete;
    ~HttpAnswerParser();

    /// How many bytes were taken: all, or up to the answer's end.
    [[nodiscard]] Result<std::size_t, HttpAnswerFault> handle_input(ByteView bytes);
    /// The server has closed: the end of a body whose length was not told. Whether the answer is whole.
    [[nodiscard]] bool handle_end();
    [[nodiscard]] bool has_begun() const;
    [[nodiscard]] bool is_complete() const;
    /// The connection may be used for another request; valid once complete.
    [[nodiscard]] bool can_go_on() const;
    /// Valid once complete; once.
    [[nodiscard]] HttpAnswer take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vv::net
