#include "net/http_request_parser.h"
#include "net/websocket_upgrade.h"

#include <gtest/gtest.h>

#include <map>

namespace vv::net {
namespace {

using Headers = std::map<std::string, std::string>;

Headers good() {
    return {{"Host", "example.org"},
            {"Connection", "keep-alive, Upgrade"},
            {"Upgrade", "WebSocket"},
            {"Sec-WebSocket-Version", "13"},
            {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
            {"Sec-WebSocket-Protocol", "other, visavis.1"},
            {"Origin", "https://example.org"}};
}

HttpResponse ask(const Headers& headers, const std::string& first = "GET /ws HTTP/1.1", const std::string& host = {}) {
    std::string text = first + "\r\n";
    for (const auto& [name, value] : headers) {
        if (!value.empty()) text += name + ": " + value + "\r\n";
    }
    HttpRequestParser parser;
    EXPECT_TRUE(parser.handle_input(as_bytes(text + "\r\n")));
    EXPECT_TRUE(parser.is_complete());
    return answer_upgrade(parser.request(), {"visavis.1", {"https://friend.example"}, host});
}

HttpResponse ask_with(const std::string& name, const std::string& value) {
    Headers headers = good();
    headers[name] = value;
    return ask(headers);
}

TEST(WebSocketUpgrade, AcceptsWithTheKeyOfTheRfc) {
    const auto response = ask(good());
    EXPECT_EQ(write_head(response, "now", true),
              "HTTP/1.1 101 Switching Protocols\r\nDate: now\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: visavis.1\r\n\r\n");
}

TEST(WebSocketUpgrade, RefusesWhatIsNotWebSocketOrNotThisVersion) {
    EXPECT_EQ(ask_with("Upgrade", "").status, 426);
    EXPECT_EQ(ask_with("Connection", "keep-alive").status, 426);
    EXPECT_EQ(ask_with("Upgrade", "h2c").status, 426);
    EXPECT_EQ(ask_with("Sec-WebSocket-Version", "8").status, 426);
    EXPECT_EQ(ask_with("Sec-WebSocket-Version", "").status, 426);
    EXPECT_EQ(ask(good(), "POST /ws HTTP/1.1").status, 405);
    EXPECT_EQ(ask(good(), "GET /ws HTTP/1.0").status, 426);
}

TEST(WebSocketUpgrade, RefusesKeysThatAreNot16Bytes) {
    for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ",
                            "dGhlIHNhbXBsZSBub25jZ0==", "!GhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQA="}) {
        EXPECT_EQ(ask_with("Sec-WebSocket-Key", key).status, 400) << key;
    }
}

TEST(WebSocketUpgrade, WantsTheSubprotocolAndSaysSo) {
    EXPECT_EQ(ask_with("Sec-WebSocket-Protocol", "").status, 400);
    const auto refused = ask_with("Sec-WebSocket-Protocol", "visavis.2");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body, "The subprotocol must be visavis.1.\n");
}

TEST(WebSocketUpgrade, ChecksTheOrigin) {
    EXPECT_EQ(ask_with("Origin", "").status, 101) << "not a browser";
    EXPECT_EQ(ask_with("Origin", "https://EXAMPLE.org:443").status, 101);
    EXPECT_EQ(ask_with("Origin", "https://friend.example").status, 101);
    for (const char* origin :
         {"null", "https://evil.example", "https://example.org.evil.example", "https://example.org:444",
          "https://evil.example/example.org", "file://", "example.org"}) {
        EXPECT_EQ(ask_with("Origin", origin).status, 403) << origin;
    }
}

TEST(WebSocketUpgrade, ComparesPorts) {
    EXPECT_TRUE(is_same_origin("http://localhost:8080", "localhost:8080"));
    EXPECT_TRUE(is_same_origin("http://[::1]:8080", "[::1]:8080"));
    EXPECT_TRUE(is_same_origin("http://h", "h:80"));
    EXPECT_FALSE(is_same_origin("http://h", "h:443"));
    EXPECT_FALSE(is_same_origin("http://h:1", "h:2"));
    EXPECT_FALSE(is_same_origin("http://", ""));
}

// A proxy in front asks this server by another name than people type.
TEST(WebSocketUpgrade, AConfiguredHostIsThePagesOwn) {
    Headers headers = good();
    headers["Host"] = "127.0.0.1:8080";
    const auto status = [&](const std::string& origin) {
        headers["Origin"] = origin;
        return ask(headers, "GET /ws HTTP/1.1", "Talk.example:443").status;
    };
    EXPECT_EQ(status("https://talk.example"), 101);
    EXPECT_EQ(status("https://friend.example"), 101);
    EXPECT_EQ(status("http://127.0.0.1:8080"), 403) << "the page is not served under this name";
    EXPECT_EQ(status("https://evil.example"), 403);
}

} // namespace
} // namespace vv::net
