#include "net/http_request_parser.h"

#include <http_parser.h>

#include <algorithm>
#include <optional>

namespace vv::net {
namespace {

using Refusal = std::optional<HttpResponse>;

bool is_token_char(std::uint8_t c) {
    // RFC 9110 §5.6.2.
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_visible(std::uint8_t c) {
    return c > 0x20 && c < 0x7F;
}

bool is_value_char(std::uint8_t c) {
    return c == '\t' || (c >= 0x20 && c != 0x7F);
}

bool is_host_char(char c) {
    return is_token_char(static_cast<std::uint8_t>(c)) || c == ':' || c == '[' || c == ']';
}

/// Finds the end of a head and refuses what http-parser would let pass.
class HeadScanner {
public:
    explicit HeadScanner(const HttpLimits& limits) : limits_(limits) {}

    [[nodiscard]] bool at_end() const { return place_ == Place::kEnd; }

    /// Takes bytes up to the end of the head; returns how many.
    Result<std::size_t, HttpResponse> scan(ByteView bytes) {
        std::size_t taken = 0;
        while (taken < bytes.size() && !at_end()) {
            if (++size_ > limits_.head_max) return Failure(too_large());
            if (auto refused = step(bytes[taken++])) return Failure(*std::move(refused));
        }
        return taken;
    }

private:
    enum class Place : std::uint8_t {
        kStart,
        kStartLf,
        kLine,
        kLineLf,
        kName,
        kFirstOfName,
        kValue,
        kValueLf,
        kEndLf,
        kEnd
    };

    Refusal step(std::uint8_t c) {
        switch (place_) {
        case Place::kStart:
            // RFC 9112 §2.2: an empty line before the request line is skipped.
            if (c == '\r') return go(Place::kStartLf);
            place_ = Place::kLine;
            return in_request_line(c);
        case Place::kLine:
            return in_request_line(c);
        case Place::kName:
        case Place::kFirstOfName:
            return in_name(c);
        case Place::kValue:
            if (c == '\r') return go(Place::kValueLf);
            if (!is_value_char(c)) return bad("A header holds a control character.");
            return std::nullopt;
        case Place::kStartLf:
            return line_feed(c, Place::kStart);
        case Place::kLineLf:
        case Place::kValueLf:
            return line_feed(c, Place::kFirstOfName);
        case Place::kEndLf:
            return line_feed(c, Place::kEnd);
        case Place::kEnd:
            break;
        }
        return std::nullopt;
    }

    Refusal in_request_line(std::uint8_t c) {
        if (++line_size_ > limits_.request_line_max) return plain_response(414, "The address is too long.");
        if (c == '\r') {
            if (spaces_ != 2 || version_size_ != kVersionForm.size()) return bad(kNoRequestLine);
            return go(Place::kLineLf);
        }
        if (c != ' ' && !is_visible(c)) return bad("The request line holds a character that must not be there.");
        if (spaces_ == 2 && !is_next_of_version(c)) return bad(kNoRequestLine);
        if (c == ' ') ++spaces_;
        return std::nullopt;
    }

    // http-parser counts these letters without reading them, and would take a line's end for some of them.
    bool is_next_of_version(std::uint8_t c) {
        if (version_size_ == kVersionForm.size()) return false;
        const char form = kVersionForm[version_size_++];
        return form == '0' ? c >= '0' && c <= '9' : c == static_cast<std::uint8_t>(form);
    }

    Refusal in_name(std::uint8_t c) {
        if (place_ == Place::kFirstOfName) {
            if (c == '\r') return go(Place::kEndLf);
            if (c == ' ' || c == '\t') return bad("A header is folded over two lines.");
            if (++headers_ > limits_.headers_max) return too_large();
            place_ = Place::kName;
            if (c == ':') return bad("A header has no name.");
        }
        if (c == ':') return go(Place::kValue);
        if (!is_token_char(c)) return bad("A header's name holds a character that must not be there.");
        return std::nullopt;
    }

    Refusal line_feed(std::uint8_t c, Place next) {
        if (c != '\n') return bad("A line does not end in CR LF.");
        return go(next);
    }

    Refusal go(Place next) {
        place_ = next;
        return std::nullopt;
    }

    static constexpr std::string_view kNoRequestLine = "The request line is not METHOD ADDRESS VERSION.";
    static constexpr std::string_view kVersionForm = "HTTP/0.0"; // 0: any digit (RFC 9112 §2.3)

    static Refusal bad(std::string_view line) { return plain_response(400, line); }
    static HttpResponse too_large() { return plain_response(431, "The request's headers are too large."); }

    const HttpLimits& limits_;
    std::size_t size_ = 0;
    std::size_t line_size_ = 0;
    std::size_t version_size_ = 0;
    std::size_t headers_ = 0;
    unsigned spaces_ = 0;
    Place place_ = Place::kStart;
};

// "http://host/path" as proxies send it (RFC 9112 §3.2.2) becomes "/path".
std::optional<std::string> origin_form(const std::string& target, bool is_connect) {
    if (target.starts_with('/') || target == "*") return target;
    http_parser_url url{};
    http_parser_url_init(&url);
    if (http_parser_parse_url(target.data(), target.size(), is_connect ? 1 : 0, &url) != 0) return std::nullopt;
    if (is_connect) return target;
    if ((url.field_set & (1U << UF_PATH)) == 0) return "/";
    return target.substr(url.field_data[UF_PATH].off);
}

} // namespace

struct HttpRequestParser::State {
    explicit State(const HttpLimits& given) : limits(given), scanner(limits) {
        http_parser_init(&parser, HTTP_REQUEST);
        parser.data = this;
    }

    const HttpLimits limits;
    HeadScanner scanner;
    http_parser parser{};
    HttpRequest request;
    Refusal refusal;
    bool has_head = false;
    bool complete = false;

    static State& of(http_parser* parser) { return *static_cast<State*>(parser->data); }

    static int on_url(http_parser* parser, const char* data, std::size_t size) {
        of(parser).request.target.append(data, size);
        return 0;
    }
    static int on_name(http_parser* parser, const char* data, std::size_t size) {
        of(parser).request.append_name({data, size});
        return 0;
    }
    static int on_value(http_parser* parser, const char* data, std::size_t size) {
        of(parser).request.append_value({data, size});
        return 0;
    }
    static int on_head(http_parser* parser) {
        State& self = of(parser);
        self.has_head = true;
        self.refusal = self.check_head();
        return self.refusal ? -1 : 0;
    }
    static int on_complete(http_parser* parser) {
        of(parser).complete = true;
        http_parser_pause(parser, 1); // what follows is the next request and not this parser's
        return 0;
    }

    static const http_parser_settings& settings() {
        static const http_parser_settings kSettings = [] {
            http_parser_settings made{};
            made.on_url = on_url;
            made.on_header_field = on_name;
            made.on_header_value = on_value;
            made.on_headers_complete = on_head;
            made.on_message_complete = on_complete;
            return made;
        }();
        return kSettings;
    }

    Refusal check_head() {
        if (parser.http_major != 1 || parser.http_minor > 1) {
            return plain_response(505, "This server speaks HTTP/1.1 and HTTP/1.0.");
        }
        request.method = http_method_str(static_cast<http_method>(parser.method));
        request.minor = static_cast<std::uint8_t>(parser.http_minor);
        request.keep_alive = http_should_keep_alive(&parser) != 0;
        request.upgrade = parser.upgrade != 0 && parser.method != HTTP_CONNECT;
        if (auto refused = check_framing()) return refused;
        if (auto refused = check_host()) return refused;
        if (request.header("expect"))
            return plain_response(417, "Expectations are not met here: send the request as it is.");
        auto target = origin_form(request.target, parser.method == HTTP_CONNECT);
        if (!target) return plain_response(400, "The address cannot be read.");
        request.target = *std::move(target);
        return std::nullopt;
    }

    // Where a request ends must not be a matter of opinion (RFC 9112 §6.3, §11.2).
    Refusal check_framing() const {
        const bool has_length = request.header("content-length").has_value();
        if (request.header("transfer-encoding")) {
            if (has_length) return plain_response(400, "Content-Length and Transfer-Encoding exclude each other.");
            return plain_response(411, "A body needs a Content-Length.");
        }
        if (!has_length) return std::nullopt;
        if (request.header_count("content-length") > 1) return plain_response(400, "There are two Content-Lengths.");
        if (parser.content_length > limits.body_max) {
            return plain_response(413, "This server takes no request body of that size.");
        }
        if (parser.upgrade != 0 && parser.content_length > 0) {
            return plain_response(400, "A request for another protocol must not have a body.");
        }
        return std::nullopt;
    }

    Refusal check_host() const {
        const auto host = request.header("host");
        if (!host && request.minor == 0) return std::nullopt;
        if (!host || host->empty()) return plain_response(400, "The Host header is missing.");
        if (request.header_count("host") > 1) return plain_response(400, "There are two Host headers.");
        if (!std::ranges::all_of(*host, is_host_char)) return plain_response(400, "The Host header cannot be read.");
        return std::nullopt;
    }

    Refusal execute(ByteView bytes, std::size_t& taken) {
        if (bytes.empty()) return std::nullopt;
        taken = http_parser_execute(&parser, &settings(), reinterpret_cast<const char*>(bytes.data()), bytes.size());
        const http_errno error = HTTP_PARSER_ERRNO(&parser);
        if (refusal) return refusal;
        if (complete || error == HPE_OK) return std::nullopt;
        if (error == HPE_INVALID_METHOD) return plain_response(501, "This method is not known here: use GET or HEAD.");
        if (error == HPE_UNEXPECTED_CONTENT_LENGTH || error == HPE_INVALID_CONTENT_LENGTH) {
            return plain_response(400, "The Content-Length cannot be right.");
        }
        return plain_response(400, "The request cannot be read.");
    }
};

HttpRequestParser::HttpRequestParser(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpRequestParser::~HttpRequestParser() = default;

bool HttpRequestParser::is_complete() const {
    return state_->complete;
}

const HttpRequest& HttpRequestParser::request() const {
    return state_->request;
}

Result<std::size_t, HttpResponse> HttpRequestParser::handle_input(ByteView bytes) {
    std::size_t taken = 0;
    if (!state_->scanner.at_end()) {
        const auto scanned = state_->scanner.scan(bytes);
        if (!scanned) return Failure(scanned.error());
        std::size_t ignored = 0; // the head is the parser's in full
        if (auto refused = state_->execute(bytes.first(*scanned), ignored)) return Failure(*std::move(refused));
        // Both must see its end in the same place, or what follows would be taken for headers that nobody has looked
        // at.
        if (state_->scanner.at_end() && !state_->has_head) {
            return Failure(plain_response(400, "The request cannot be read."));
        }
        taken = *scanned;
    }
    if (!state_->scanner.at_end() || state_->complete) return taken;
    std::size_t of_body = 0;
    if (auto refused = state_->execute(bytes.subspan(taken), of_body)) return Failure(*std::move(refused));
    return taken + of_body;
}

} // namespace vv::net
