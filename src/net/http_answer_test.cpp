#include "net/http_answer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vv::net {
namespace {

using Fault = HttpAnswerFault;

/// Fed in pieces of that many bytes, and then the connection's end.
Result<HttpAnswer, Fault> read(std::string_view text, std::size_t piece = 1000, const HttpAnswerLimits& limits = {}) {
    HttpAnswerParser parser(limits);
    ByteView rest = as_bytes(text);
    while (!rest.empty() && !parser.is_complete()) {
        const auto taken = parser.handle_input(rest.first(std::min(piece, rest.size())));
        if (!taken) return Failure(taken.error());
        rest = rest.subspan(*taken);
    }
    if (!parser.is_complete() && !parser.handle_end()) return Failure(Fault::kUnreadable);
    return parser.take();
}

TEST(HttpAnswer, IsReadWhateverTheWayItIsCut) {
    const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Type:  text/html \r\nX-A: 1\r\nX-a: 2\r\n"
                                  "Content-Length: 5\r\n\r\nhello";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const auto answer = read(text, piece);
        ASSERT_TRUE(answer.has_value()) << piece;
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->header("content-type"), "text/html");
        EXPECT_EQ(answer->header("x-a"), "1");
        EXPECT_EQ(answer->header_count("x-a"), 2U);
        EXPECT_EQ(answer->header("none"), std::nullopt);
        EXPECT_EQ(as_text(answer->body), "hello");
    }
}

TEST(HttpAnswer, BodiesComeInPiecesOrUntilTheEnd) {
    const auto chunked =
        read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Late: "
             "1\r\n\r\n");
    ASSERT_TRUE(chunked.has_value());
    EXPECT_EQ(as_text(chunked->body), "abcde");
    EXPECT_EQ(chunked->header("x-late"), std::nullopt) << "a trailer is no header";
    EXPECT_EQ(as_text(read("HTTP/1.1 200 OK\r\n\r\nto the end")->body), "to the end");
    EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(HttpAnswer, WhatComesBeforeTheRealAnswerIsPassedOver) {
    const auto answer =
        read("HTTP/1.1 103 Early Hints\r\nLink: </x.js>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: "
             "0\r\n\r\n");
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->header("link"), std::nullopt);
    std::string many;
    for (std::size_t i = 0; i <= HttpAnswerLimits{}.preludes_max; ++i)
        many += "HTTP/1.1 103 Early Hints\r\n\r\n";
    const std::string end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(read(many + end).error(), Fault::kTooLarge);
    many.resize(many.size() / (HttpAnswerLimits{}.preludes_max + 1) * HttpAnswerLimits{}.preludes_max);
    EXPECT_TRUE(read(many + end).has_value());
}

TEST(HttpAnswer, TellsWhetherTheConnectionIsGoodForMore) {
    const auto after = [](std::string_view head) {
        HttpAnswerParser parser;
        EXPECT_TRUE(parser.handle_input(as_bytes(head)));
        EXPECT_TRUE(parser.is_complete());
        return parser.can_go_on();
    };
    EXPECT_TRUE(after("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(after("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(after("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

TEST(HttpAnswer, WhatFollowsIsNoPartOfIt) {
    const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK";
    HttpAnswerParser parser;
    EXPECT_EQ(parser.handle_input(as_bytes(text)).value(), text.size() - 15);
    EXPECT_TRUE(parser.is_complete());
}

TEST(HttpAnswer, WhatIsNoneIsUnreadable) {
    for (const std::string_view text :
         {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ""}) {
        const auto answer = read(text);
        ASSERT_FALSE(answer.has_value()) << text;
        EXPECT_EQ(answer.error(), Fault::kUnreadable) << text;
    }
}

TEST(HttpAnswer, HasLimits) {
    const HttpAnswerLimits limits{.head_max = 40, .headers_max = 2, .body_max = 4, .preludes_max = 1};
    const auto is_fine = [&](const std::string& text) { return read(text, 7, limits).has_value(); };
    EXPECT_TRUE(is_fine("HTTP/1.1 200 OK\r\n\r\n1234"));
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\n12345", 7, limits).error(), Fault::kTooLarge);
    EXPECT_TRUE(is_fine("HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\n\r\n"));
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n", 7, limits).error(), Fault::kTooLarge);
    // The phrase, the name and the value are counted.
    EXPECT_TRUE(is_fine("HTTP/1.1 200 OK\r\na: " + std::string(37, 'x') + "\r\n\r\n"));
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\na: " + std::string(38, 'x') + "\r\n\r\n", 7, limits).error(), Fault::kTooLarge);
}

} // namespace
} // namespace vv::net
