#include "net/websocket_opening.h"
#include "net/websocket_upgrade.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

WebSocketOpening opening() {
    SeededRng rng(1);
    return {*parse_http_url("https://talk.example.org:8443/ws"), "visavis.1", rng};
}

std::string accept_of(const WebSocketOpening& opening) {
    const std::string& request = opening.request();
    constexpr std::string_view kName = "Sec-WebSocket-Key: ";
    const auto at = request.find(kName) + kName.size();
    return accept_key(std::string_view(request).substr(at, request.find("\r\n", at) - at));
}

std::string answer_to(const WebSocketOpening& opening, std::string_view more = {}) {
    return "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept_of(opening) + "\r\nSec-WebSocket-Protocol: visavis.1\r\n" + std::string(more) + "\r\n";
}

TEST(WebSocketOpening, AsksAsRfc6455Section41Has) {
    const std::string request = opening().request();
    EXPECT_TRUE(request.starts_with("GET /ws HTTP/1.1\r\nHost: talk.example.org:8443\r\n")) << request;
    EXPECT_NE(request.find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n"));
    EXPECT_EQ(request.find("Origin"), std::string::npos) << "which is for browsers";
}

TEST(WebSocketOpening, TakesTheAnswerInAnyPiecesAndLeavesTheFirstFrames) {
    for (const std::size_t piece : {1U, 7U, 1000U}) {
        WebSocketOpening own = opening();
        const std::string text = answer_to(own) + "frames";
        bool is_open = false;
        std::size_t at = 0;
        for (; at < text.size() && !is_open; at += piece) {
            const auto taken = own.handle_input(as_bytes(std::string_view(text).substr(at, piece)));
            ASSERT_TRUE(taken);
            is_open = *taken;
        }
        EXPECT_TRUE(is_open);
        const std::string rest = own.take_rest() + (at < text.size() ? text.substr(at) : "");
        EXPECT_EQ(rest, "frames") << piece;
    }
}

OpeningFailure failure_of(WebSocketOpening own, const std::string& text) {
    const auto taken = own.handle_input(as_bytes(text));
    EXPECT_FALSE(taken) << text;
    return taken ? OpeningFailure{} : taken.error();
}

TEST(WebSocketOpening, OtherAnswersAreNone) {
    EXPECT_EQ(failure_of(opening(), "HTTP/1.1 404 Not Found\r\n\r\n").status, 404);
    EXPECT_EQ(failure_of(opening(), "HTTP/1.1 429\r\n\r\n").fault, OpeningFault::kRefused);
    for (const char* text : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.0 101 x\r\n\r\n", "HTTP/1.1 1010\r\n\r\n",
                             "HTTP/1.1 10\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "\r\n\r\n"})
        EXPECT_EQ(failure_of(opening(), text).fault, OpeningFault::kUnreadable) << text;
    EXPECT_EQ(failure_of(opening(), std::string(kOpeningMax + 1, 'x')).fault, OpeningFault::kUnreadable);
    const WebSocketOpening own = opening();
    const auto is_wrong = [&](std::string text, std::string_view from, std::string_view to) {
        text.replace(text.find(from), from.size(), to);
        return failure_of(opening(), text).fault == OpeningFault::kWrong;
    };
    EXPECT_TRUE(is_wrong(answer_to(own), accept_of(own), "dGhlIHNhbXBsZSBub25jZQ==")) << "an answer to another request";
    EXPECT_TRUE(is_wrong(answer_to(own), "visavis.1", "visavis.2"));
    EXPECT_TRUE(is_wrong(answer_to(own), "WebSocket", "h2c"));
    EXPECT_TRUE(is_wrong(answer_to(own), ", Upgrade", ""));
    const std::string extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    EXPECT_EQ(failure_of(opening(), answer_to(own, extension)).fault, OpeningFault::kWrong);
    EXPECT_EQ(failure_of(opening(), answer_to(own, extension + extension)).fault, OpeningFault::kWrong) << "twice";
    EXPECT_EQ(failure_of(opening(), answer_to(own, "Sec-WebSocket-Protocol: visavis.1\r\n")).fault,
              OpeningFault::kWrong)
        << "twice";
}

} // namespace
} // namespace vv::net
