#include "net/http_request_parser.h"
#include "net/redirect_page.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::net {
namespace {

class Pages final : public HttpHandler {
public:
    [[nodiscard]] HttpResponse handle_request(const HttpRequest& request) const override {
        return plain_response(200, "the page's own answer to " + std::string(request.path()));
    }
};

HttpResponse ask(const RedirectPage& page, const std::string& line, const std::string& host) {
    HttpRequestParser parser;
    const std::string text = line + "\r\n" + (host.empty() ? "" : "Host: " + host + "\r\n") + "\r\n";
    EXPECT_TRUE(parser.handle_input(as_bytes(text)));
    EXPECT_TRUE(parser.is_complete()) << text;
    return page.handle_request(parser.request());
}

std::string location(const HttpResponse& response) {
    for (const auto& header : response.headers) {
        if (header.name == "Location") return header.value;
    }
    return "(none)";
}

class RedirectPageTest : public testing::Test {
protected:
    Pages pages_;
    RedirectPage standard_{pages_, "", 443};
    RedirectPage elsewhere_{pages_, "", 8443};
    RedirectPage named_{pages_, "talk.example.org", 443};
};

TEST_F(RedirectPageTest, LeadsToTheSamePlaceOverHttps) {
    const HttpResponse response = ask(standard_, "GET /p?x=1 HTTP/1.1", "talk.example.org");
    EXPECT_EQ(response.status, 308);
    EXPECT_EQ(location(response), "https://talk.example.org/p?x=1");
    EXPECT_EQ(location(ask(standard_, "HEAD / HTTP/1.1", "talk.example.org:80")), "https://talk.example.org/");
    EXPECT_EQ(location(ask(elsewhere_, "GET / HTTP/1.1", "talk.example.org:8080")), "https://talk.example.org:8443/");
    EXPECT_EQ(location(ask(elsewhere_, "GET / HTTP/1.1", "[2001:db8::1]:80")), "https://[2001:db8::1]:8443/");
    EXPECT_EQ(location(ask(standard_, "GET / HTTP/1.1", "192.0.2.1")), "https://192.0.2.1/");
    EXPECT_EQ(location(ask(standard_, "GET http://other.example/p HTTP/1.1", "talk.example.org")),
              "https://talk.example.org/p");
}

TEST_F(RedirectPageTest, LeadsToTheConfiguredNameWhateverTheRequestSays) {
    for (const char* host : {"talk.example.org", "evil.example", "192.0.2.1", "%65vil"})
        EXPECT_EQ(location(ask(named_, "GET /p HTTP/1.1", host)), "https://talk.example.org/p") << host;
    EXPECT_EQ(location(ask(named_, "GET /p HTTP/1.0", "")), "https://talk.example.org/p");
}

TEST_F(RedirectPageTest, LeadsNowhereElse) {
    EXPECT_EQ(location(ask(standard_, "GET //evil.example/ HTTP/1.1", "talk.example.org")),
              "https://talk.example.org//evil.example/");
    for (const char* host :
         {"[::1", "[name]", "talk.example.org:x", "talk.example.org:99999", ":80", "%65vil.example"}) {
        const HttpResponse response = ask(standard_, "GET / HTTP/1.1", host);
        EXPECT_EQ(response.status, 400) << host;
        EXPECT_EQ(location(response), "(none)") << host;
    }
    EXPECT_EQ(ask(standard_, "GET / HTTP/1.0", "").status, 400) << "nobody says where";
    EXPECT_EQ(ask(standard_, "GET / HTTP/1.1", std::string(253, 'a')).status, 308);
    EXPECT_EQ(ask(standard_, "GET / HTTP/1.1", std::string(254, 'a')).status, 400);
}

TEST(HostOf, TakesNamesAndAddressesAlone) {
    EXPECT_EQ(host_of("example.org:8443"), "example.org");
    EXPECT_EQ(host_of("[2001:db8::1]:8443"), "[2001:db8::1]");
    EXPECT_EQ(host_of("a_b-c.example"), "a_b-c.example");
    for (const char* text : {"", "user@example.org", "example.org:80@evil.example", "example.org:", "example.org/path",
                             "2001:db8::1", "[]", "[::1]x", "ex ample"})
        EXPECT_EQ(host_of(text), std::nullopt) << text;
}

TEST_F(RedirectPageTest, AnswersHealthItselfAndNothingThatChangesAnything) {
    const HttpResponse health = ask(standard_, "GET /healthz HTTP/1.1", "whoever");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, "the page's own answer to /healthz\n");
    EXPECT_EQ(ask(standard_, "POST / HTTP/1.1", "talk.example.org").status, 405);
    EXPECT_EQ(ask(standard_, "OPTIONS * HTTP/1.1", "talk.example.org").status, 405);
}

} // namespace
} // namespace vv::net
