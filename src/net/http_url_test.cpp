#include "net/http_url.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

std::string read(std::string_view text) {
    const auto url = parse_http_url(text);
    return url ? url->text() : "none";
}

std::string at(std::string_view base, std::string_view reference) {
    const auto url = resolve_reference(*parse_http_url(base), reference);
    return url ? url->text() : "none";
}

TEST(HttpUrl, IsReadAsBrowsersWriteIt) {
    EXPECT_EQ(read("https://Example.ORG"), "https://example.org/");
    EXPECT_EQ(read("HTTP://example.org:80/p#1.KEY"), "http://example.org/p");
    EXPECT_EQ(read("https://example.org:8443/how?lang=ar"), "https://example.org:8443/how?lang=ar");
    EXPECT_EQ(read("https://example.org?x"), "https://example.org/?x");
    EXPECT_EQ(read("https://[2001:DB8::1]:443/"), "https://[2001:db8::1]/");
    EXPECT_EQ(read("http://192.0.2.1:8080"), "http://192.0.2.1:8080/");
    EXPECT_EQ(parse_http_url("https://example.org:444")->authority(), "example.org:444");
    EXPECT_EQ(parse_http_url("https://[::1]")->host, "::1");
}

TEST(HttpUrl, WhatIsNoneIsRefused) {
    for (const std::string_view text :
         {"", "example.org", "ftp://example.org", "https:/example.org", "https://", "https:///x", "https://a b/",
          "https://user@example.org/", "https://example.org:0/", "https://example.org:65536/", "https://example.org:x/",
          "https://[::1", "https://[192.0.2.1]/", "https://[::1]x/", "https://example.org/a b",
          "https://ex\xC3\xA4.org/", "https://example.org/\r\nX: y", "javascript:alert(1)"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST(HttpUrl, ALongOneIsRefused) {
    const std::string start = "https://example.org/";
    const std::string longest = start + std::string(kUrlMax - start.size(), 'a');
    EXPECT_EQ(read(longest), longest);
    EXPECT_EQ(read(longest + "a"), "none");
}

TEST(HttpUrl, ReferencesLeadWhereABrowserWouldGo) {
    const std::string_view page = "https://example.org/a/page?q";
    EXPECT_EQ(at(page, "/assets/x.js"), "https://example.org/assets/x.js");
    EXPECT_EQ(at(page, "x.js"), "https://example.org/a/x.js");
    EXPECT_EQ(at(page, "./x.js?v=1#f"), "https://example.org/a/x.js?v=1");
    EXPECT_EQ(at(page, "../../x.js"), "https://example.org/x.js");
    EXPECT_EQ(at(page, "b/.."), "https://example.org/a/");
    EXPECT_EQ(at(page, "?z"), "https://example.org/a/page?z");
    EXPECT_EQ(at(page, "#top"), "https://example.org/a/page?q");
    EXPECT_EQ(at(page, "//other.example/x.js"), "https://other.example/x.js");
    EXPECT_EQ(at(page, "http://other.example/x.js"), "http://other.example/x.js");
    EXPECT_EQ(at(page, " \n/as\tsets/x.js "), "https://example.org/assets/x.js");
    EXPECT_EQ(at(page, "\\\\other.example\\x.js"), "https://other.example/x.js");
    EXPECT_EQ(at(page, "data:text/javascript,1"), "none");
    EXPECT_EQ(at(page, "blob:https://example.org/1"), "none");
}

} // namespace
} // namespace vv::net
