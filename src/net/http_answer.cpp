#include "net/http_answer.h"

#include "base/ascii.h"

#include <http_parser.h>

#include <algorithm>
#include <utility>

namespace vv::net {
namespace {

constexpr int kSwitching = 101;
constexpr int kFirstFinal = 200;

} // namespace

std::optional<std::string_view> HttpAnswer::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

std::size_t HttpAnswer::header_count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count(headers, name, &Header::name));
}

struct HttpAnswerParser::State {
    explicit State(const HttpAnswerLimits& given) : limits(given) {
        http_parser_init(&parser, HTTP_RESPONSE);
        parser.data = this;
    }

    const HttpAnswerLimits limits;
    http_parser parser{};
    HttpAnswer answer;
    std::size_t head_size = 0;
    std::size_t preludes = 0;
    bool in_value = true;
    bool has_begun = false;
    bool has_head = false;
    bool is_complete = false;
    bool can_go_on = false;
    std::optional<HttpAnswerFault> fault;

    static State& of(http_parser* parser) { return *static_cast<State*>(parser->data); }

    int too_large() {
        fault = HttpAnswerFault::kTooLarge;
        return -1;
    }

    // Trailers behind a body in pieces (RFC 9112 §7.1.2) count too, and say nothing.
    int in_head(std::size_t size) { return (head_size += size) > limits.head_max ? too_large() : 0; }

    static int on_name(http_parser* parser, const char* data, std::size_t size) {
        State& self = of(parser);
        if (self.in_head(size) != 0) return -1;
        if (self.has_head) return 0;
        if (std::exchange(self.in_value, false)) {
            if (self.answer.headers.size() == self.limits.headers_max) return self.too_large();
            self.answer.headers.emplace_back();
        }
        self.answer.headers.back().name += ascii_lowered({data, size});
        return 0;
    }
    static int on_value(http_parser* parser, const char* data, std::size_t size) {
        State& self = of(parser);
        if (self.in_head(size) != 0) return -1;
        if (self.has_head) return 0;
        self.in_value = true;
        if (!self.answer.headers.empty()) self.answer.headers.back().value.append(data, size);
        return 0;
    }
    static int on_status(http_parser* parser, const char*, std::size_t size) { return of(parser).in_head(size); }
    static int on_head(http_parser* parser) {
        State& self = of(parser);
        self.has_head = true;
        self.answer.status = static_cast<int>(parser->status_code);
        if (parser->status_code == kSwitching || parser->http_major != 1) return -1; // nobody asked for that
        for (HttpAnswer::Header& header : self.answer.headers)
            header.value = std::string(trimmed(header.value));
        return 0;
    }
    static int on_body(http_parser* parser, const char* data, std::size_t size) {
        State& self = of(parser);
        if (self.answer.body.size() + size > self.limits.body_max) return self.too_large();
        const ByteView bytes = as_bytes({data, size});
        self.answer.body.insert(self.answer.body.end(), bytes.begin(), bytes.end());
        return 0;
    }
    static int on_complete(http_parser* parser) {
        State& self = of(parser);
        if (self.answer.status < kFirstFinal) {
            if (++self.preludes > self.limits.preludes_max) return self.too_large();
            self.answer = {};
            self.in_value = true;
            self.has_head = false;
            return 0;
        }
        self.is_complete = true;
        self.can_go_on = http_should_keep_alive(parser) != 0;
        http_parser_pause(parser, 1); // what follows is no part of this answer
        return 0;
    }

    static const http_parser_settings& settings() {
        static const http_parser_settings kSettings = [] {
            http_parser_settings made{};
            made.on_status = on_status;
            made.on_header_field = on_name;
            made.on_header_value = on_value;
            made.on_headers_complete = on_head;
            made.on_body = on_body;
            made.on_message_complete = on_complete;
            return made;
        }();
        return kSettings;
    }

    // size 0 tells http-parser that no more will come.
    std::size_t execute(ByteView bytes) {
        const auto* const data = bytes.empty() ? "" : reinterpret_cast<const char*>(bytes.data());
        const std::size_t taken = http_parser_execute(&parser, &settings(), data, bytes.size());
        if (!is_complete && HTTP_PARSER_ERRNO(&parser) != HPE_OK && !fault) fault = HttpAnswerFault::kUnreadable;
        return taken;
    }
};

HttpAnswerParser::HttpAnswerParser(const HttpAnswerLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpAnswerParser::~HttpAnswerParser() = default;

Result<std::size_t, HttpAnswerFault> HttpAnswerParser::handle_input(ByteView bytes) {
    State& state = *state_;
    if (state.fault) return Failure(*state.fault);
    if (bytes.empty() || state.is_complete) return 0;
    state.has_begun = true;
    const std::size_t taken = state.execute(bytes);
    if (state.fault) return Failure(*state.fault);
    return taken;
}

bool HttpAnswerParser::handle_end() {
    if (!state_->is_complete && !state_->fault) state_->execute({});
    return state_->is_complete;
}

bool HttpAnswerParser::has_begun() const {
    return state_->has_begun;
}

bool HttpAnswerParser::is_complete() const {
    return state_->is_complete;
}

bool HttpAnswerParser::can_go_on() const {
    return state_->can_go_on;
}

HttpAnswer HttpAnswerParser::take() {
    return std::move(state_->answer);
}

} // namespace vv::net
