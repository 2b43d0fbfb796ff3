#include "net/http_request_parser.h"
#include "net/page_handler.h"
#include "net/relay_page.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::net {
namespace {

class Files final : public AssetStore {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        if (path == "/")
            return Asset{"text/html; charset=utf-8", "\"aa\"", false, as_bytes("page"), as_bytes("gz"), as_bytes("b")};
        if (path == "/app-1.js") return Asset{"text/javascript", "\"bb\"", true, as_bytes("code"), as_bytes("gz"), {}};
        return std::nullopt;
    }
};

HttpResponse ask(const PageHandler& handler, const std::string& method, const std::string& target,
                 const std::string& headers = {}) {
    HttpRequestParser parser;
    const std::string text = method + " " + target + " HTTP/1.1\r\nHost: example.org:8443\r\n" + headers + "\r\n";
    EXPECT_TRUE(parser.handle_input(as_bytes(text)));
    EXPECT_TRUE(parser.is_complete());
    return handler.handle_request(parser.request());
}

std::string header(const HttpResponse& response, const std::string& name) {
    for (const auto& header : response.headers) {
        if (header.name == name) return header.value;
    }
    return "(none)";
}

TEST(PageHandler, ServesFilesInTheBestEncodingTheClientTakes) {
    const Files files;
    const PageHandler handler(files, {});
    EXPECT_EQ(as_text(ask(handler, "GET", "/").lasting_body), "page");
    EXPECT_EQ(as_text(ask(handler, "GET", "/?x", "Accept-Encoding: gzip, deflate, br, zstd\r\n").lasting_body), "b");
    const auto gzip = ask(handler, "GET", "/", "Accept-Encoding: GZIP;q=0.5\r\n");
    EXPECT_EQ(as_text(gzip.lasting_body), "gz");
    EXPECT_EQ(header(gzip, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(gzip, "Vary"), "Accept-Encoding");
    EXPECT_EQ(as_text(ask(handler, "GET", "/app-1.js", "Accept-Encoding: br\r\n").lasting_body), "code");
    EXPECT_EQ(as_text(ask(handler, "GET", "/", "Accept-Encoding: *\r\n").lasting_body), "b");
    EXPECT_EQ(as_text(ask(handler, "GET", "/", "Accept-Encoding: br;q=0.0, *\r\n").lasting_body), "gz");
    EXPECT_EQ(as_text(ask(handler, "GET", "/", "Accept-Encoding: identity;q=0\r\n").lasting_body), "page");
}

TEST(PageHandler, AnswersAKnownTagWithNotModified) {
    const Files files;
    const PageHandler handler(files, {});
    const auto fresh = ask(handler, "GET", "/", "Accept-Encoding: br\r\n");
    EXPECT_EQ(header(fresh, "ETag"), "\"aa-br\"");
    const auto again = ask(handler, "GET", "/", "Accept-Encoding: br\r\nIf-None-Match: \"x\", W/\"aa-br\"\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body_size(), 0U);
    EXPECT_EQ(ask(handler, "GET", "/", "If-None-Match: \"aa-br\"\r\n").status, 200) << "another encoding";
}

TEST(PageHandler, CachesHashedNamesForeverAndThePageNever) {
    const Files files;
    const PageHandler handler(files, {});
    EXPECT_EQ(header(ask(handler, "GET", "/app-1.js"), "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(header(ask(handler, "GET", "/"), "Cache-Control"), "no-cache");
}

TEST(PageHandler, SendsThePoliciesWithEveryFile) {
    const Files files;
    const auto response = ask(PageHandler(files, {}), "GET", "/");
    EXPECT_EQ(header(response, "Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' "
              "blob:; connect-src 'self' ws://example.org:8443 wss://example.org:8443; font-src 'self'; manifest-src "
              "'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Permissions-Policy"), "camera=(self), microphone=(self), display-capture=(self)");
    EXPECT_EQ(header(response, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(header(response, "Strict-Transport-Security"), "(none)");
    EXPECT_NE(header(ask(PageHandler(files, {.strict_transport = true}), "GET", "/"), "Strict-Transport-Security"),
              "(none)");
}

TEST(PageHandler, AConfiguredHostIsThePagesWhateverAProxyAsksFor) {
    const Files files;
    const PageHandler handler(files, {.host = "talk.example"});
    EXPECT_NE(header(ask(handler, "GET", "/"), "Content-Security-Policy").find(" wss://talk.example;"),
              std::string::npos);
}

TEST(PageHandler, RefusesClearly) {
    const Files files;
    const PageHandler handler(files, {});
    EXPECT_EQ(ask(handler, "GET", "/nothing").status, 404);
    EXPECT_EQ(ask(handler, "GET", "/../etc/passwd").status, 404);
    const auto post = ask(handler, "POST", "/");
    EXPECT_EQ(post.status, 405);
    EXPECT_EQ(header(post, "Allow"), "GET, HEAD");
    EXPECT_EQ(ask(handler, "DELETE", "/healthz").status, 405);
}

TEST(PageHandler, TellsItsHealth) {
    const Files files;
    PageHandler handler(files, {});
    EXPECT_EQ(ask(handler, "GET", "/healthz").status, 200);
    EXPECT_EQ(ask(handler, "GET", "/healthz").body, "ok\n");
    handler.set_stopping();
    EXPECT_EQ(ask(handler, "GET", "/healthz").status, 503);
}

TEST(PageHandler, ThePageMayTimeTheRelaysOfOtherRegions) {
    const std::vector<std::string> relays{"https://eu.example.org", "https://in.example.org:8443"};
    EXPECT_NE(content_security_policy("example.org", relays)
                  .find("connect-src 'self' ws://example.org wss://example.org https://eu.example.org "
                        "https://in.example.org:8443;"),
              std::string::npos);
}

TEST(RelayPage, AnyPageMayReadItsHealthAndNothingElseIsThere) {
    RelayPage page;
    const auto get = [&](const std::string& target, const std::string& method = "GET") {
        HttpRequestParser parser;
        EXPECT_TRUE(parser.handle_input(as_bytes(method + " " + target + " HTTP/1.1\r\nHost: eu.example.org\r\n\r\n")));
        return page.handle_request(parser.request());
    };
    const HttpResponse health = get("/healthz");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, "ok\n");
    EXPECT_EQ(header(health, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header(health, "Timing-Allow-Origin"), "*");
    EXPECT_EQ(header(health, "Cache-Control"), "no-store");
    EXPECT_EQ(get("/").status, 404);
    EXPECT_EQ(get("/healthz", "DELETE").status, 405);
    page.set_stopping();
    EXPECT_EQ(get("/healthz").status, 503);
}

} // namespace
} // namespace vv::net
