#include "base/rng.h"
#include "net/http_request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::net {
namespace {

struct Parsed {
    int refused = 0; // the status, or 0
    std::string refusal;
    bool complete = false;
    std::size_t taken = 0;
    HttpRequest request;
};

Parsed parse(std::string_view text, std::size_t piece = static_cast<std::size_t>(-1)) {
    HttpRequestParser parser;
    Parsed parsed;
    while (parsed.taken < text.size() && !parser.is_complete()) {
        const auto taken = parser.handle_input(as_bytes(text.substr(parsed.taken, piece)));
        if (!taken) {
            parsed.refused = taken.error().status;
            parsed.refusal = taken.error().body;
            return parsed;
        }
        parsed.taken += *taken;
    }
    parsed.complete = parser.is_complete();
    if (parsed.complete) parsed.request = parser.request();
    return parsed;
}

int refused(std::string_view text) {
    const Parsed whole = parse(text);
    EXPECT_EQ(parse(text, 1).refused, whole.refused) << text;
    if (whole.refused != 0) {
        EXPECT_GT(whole.refusal.size(), 10U);
        EXPECT_TRUE(whole.refusal.ends_with(".\n")) << whole.refusal;
    }
    return whole.refused;
}

const std::string kGet = "GET /p?x=1 HTTP/1.1\r\nHost: example.org:8080\r\nX-Empty:\r\nAccept:  a , B;q=1 \r\n\r\n";

TEST(HttpRequestParser, ReadsARequestCutAnywhere) {
    for (std::size_t piece = 1; piece <= kGet.size(); ++piece) {
        const Parsed parsed = parse(kGet + "GET /next", piece);
        ASSERT_TRUE(parsed.complete) << piece;
        EXPECT_EQ(parsed.taken, kGet.size());
        EXPECT_EQ(parsed.request.method, "GET");
        EXPECT_EQ(parsed.request.target, "/p?x=1");
        EXPECT_EQ(parsed.request.path(), "/p");
        EXPECT_EQ(parsed.request.header("host"), "example.org:8080");
        EXPECT_EQ(parsed.request.header("accept"), "a , B;q=1");
        EXPECT_EQ(parsed.request.header("x-empty"), "");
        EXPECT_EQ(parsed.request.header("x-other"), std::nullopt);
        EXPECT_TRUE(parsed.request.header_has_element("accept", "A"));
        EXPECT_FALSE(parsed.request.header_has_element("accept", "c"));
        EXPECT_TRUE(parsed.request.keep_alive);
        EXPECT_FALSE(parsed.request.upgrade);
    }
}

TEST(HttpRequestParser, ReadsAnUpgradeAndLeavesWhatFollows) {
    const std::string text =
        "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const Parsed parsed = parse(text + "\x81\x80");
    ASSERT_TRUE(parsed.complete);
    EXPECT_EQ(parsed.taken, text.size());
    EXPECT_TRUE(parsed.request.upgrade);
}

TEST(HttpRequestParser, DropsASmallBodyAndFindsTheEnd) {
    const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const Parsed parsed = parse(text + "GET", piece);
        EXPECT_TRUE(parsed.complete);
        EXPECT_EQ(parsed.taken, text.size());
    }
}

TEST(HttpRequestParser, KnowsWhetherTheConnectionStays) {
    EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").request.keep_alive);
    EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").request.keep_alive);
    EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").request.keep_alive);
}

TEST(HttpRequestParser, ReadsTheAbsoluteFormAndSkipsAnEmptyLine) {
    EXPECT_EQ(parse("\r\nGET http://h:80/a?b HTTP/1.1\r\nHost: h\r\n\r\n").request.target, "/a?b");
    EXPECT_EQ(parse("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").request.target, "/");
    EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").request.method, "OPTIONS");
}

TEST(HttpRequestParser, RefusesWhatTwoServersCouldReadInTwoWays) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
    EXPECT_EQ(refused(start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411);
    EXPECT_EQ(refused(start + "Transfer-Encoding: xchunked\r\n\r\n"), 411);
    EXPECT_EQ(refused(start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Content-Length: 5, 5\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Content-Length: +5\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "A: b\r\n c\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "A : b\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + ": b\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "A: b\nC: d\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "A: b\rC: d\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\nHost: h\n\n"), 400);
    EXPECT_EQ(refused(start + std::string("A: \0b\r\n\r\n", 9)), 400);
    EXPECT_EQ(refused(start + "A: \x01\r\n\r\n"), 400);
    EXPECT_EQ(refused(start + "Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 3\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET /\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET /\t HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    EXPECT_EQ(refused("\x16\x03\x01\x02"), 400) << "TLS on a port without it";
}

TEST(HttpRequestParser, ReadsTheVersionToItsLastLetter) {
    // http-parser takes each of these for HTTP/1.1, the line's end within it too.
    for (const char* version :
         {"H\r\n\r\n1.1", "H\r\nH:/1.1", "HXXX/1.1", "HTTP/1.1 ", "HTTP/1.12", "HTTP/11", "HTTP/1.", "", "http/1.1"}) {
        EXPECT_EQ(refused("GET / " + std::string(version) + "\r\nHost: h\r\n\r\n"), 400) << version;
    }
}

TEST(HttpRequestParser, WantsExactlyOneReadableHost) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"), 0);
}

TEST(HttpRequestParser, RefusesOtherVersionsMethodsAndExpectations) {
    EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
    EXPECT_EQ(refused("GET / HTTP/1.2\r\nHost: h\r\n\r\n"), 505);
    EXPECT_EQ(refused("GET / HTTP/0.9\r\nHost: h\r\n\r\n"), 505);
    EXPECT_EQ(refused("BREW / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"), 417);
}

TEST(HttpRequestParser, LimitsHoldAtTheLimitAndOnePast) {
    const HttpLimits limits;
    const auto line = [&](std::size_t size) { // a request line of this many bytes with its CR
        return "GET /" + std::string(size - 15, 'a') + " HTTP/1.1\r\n";
    };
    EXPECT_EQ(refused(line(limits.request_line_max) + "Host: h\r\n\r\n"), 0);
    EXPECT_EQ(refused(line(limits.request_line_max + 1) + "Host: h\r\n\r\n"), 414);

    const auto head = [&](std::size_t size) {
        std::string text = "GET / HTTP/1.1\r\nHost: h\r\nA: ";
        return text + std::string(size - text.size() - 4, 'a') + "\r\n\r\n";
    };
    EXPECT_EQ(refused(head(limits.head_max)), 0);
    EXPECT_EQ(refused(head(limits.head_max + 1)), 431);

    const auto headers = [&](std::size_t count) {
        std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
        for (std::size_t i = 1; i < count; ++i)
            text += "A: b\r\n";
        return text + "\r\n";
    };
    EXPECT_EQ(refused(headers(limits.headers_max)), 0);
    EXPECT_EQ(refused(headers(limits.headers_max + 1)), 431);

    const auto body = [&](std::size_t size) {
        return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
               std::string(size, 'b');
    };
    EXPECT_EQ(refused(body(limits.body_max)), 0);
    EXPECT_EQ(refused(body(limits.body_max + 1)), 413);
}

TEST(HttpRequestParser, NeverTakesMoreThanItIsGivenNorFailsOnNoise) {
    SeededRng rng(5);
    for (int round = 0; round < 20000; ++round) {
        std::string text = kGet;
        for (std::uint64_t i = 0; i < 1 + rng.below(4); ++i)
            text[rng.below(text.size())] = static_cast<char>(rng.below(256));
        const Parsed whole = parse(text);
        const Parsed pieces = parse(text, 1 + rng.below(20));
        // Which of two faults is named depends on how much was there to see; that it is refused does not.
        ASSERT_EQ(whole.refused != 0, pieces.refused != 0) << text;
        ASSERT_EQ(whole.complete, pieces.complete) << text;
        if (whole.complete) {
            ASSERT_EQ(whole.taken, pieces.taken) << text;
        }
    }
}

TEST(HttpMessage, WritesAHead) {
    HttpResponse response = plain_response(404, "Nothing is here.");
    EXPECT_EQ(write_head(response, "Sun, 06 Nov 1994 08:49:37 GMT", true),
              "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
              "Content-Length: 17\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_FALSE(response.close);
    EXPECT_TRUE(plain_response(400, "No.").close);
}

} // namespace
} // namespace vv::net
