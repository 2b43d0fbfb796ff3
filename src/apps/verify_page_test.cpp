#include "apps/page_hash.h"
#include "apps/verify_page.h"
#include "base/ascii.h"
#include "base/encoding.h"
#include "net/page_handler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

namespace vv::apps {
namespace {

using net::FetchFailure;
using net::HttpAnswer;

// "<p>hello\n" and "code\n" by Node's zlib, with gzip and brotli.
const ByteBuffer kHelloGzip = *hex_decode("1f8b0800000000000003b329b0cb48cdc9c9e7020074f9f8fd09000000");
const ByteBuffer kHelloBrotli = *hex_decode("0b04803c703e68656c6c6f0a03");

const std::array kPage{
    EmbeddedAsset{"/", "text/html; charset=utf-8", "\"a\"", false, as_bytes("<p>hello\n"), kHelloGzip, kHelloBrotli},
    EmbeddedAsset{"/p", "text/html; charset=utf-8", "\"a\"", false, as_bytes("<p>hello\n"), kHelloGzip, kHelloBrotli},
    EmbeddedAsset{"/assets/a-1.js", "text/javascript", "\"b\"", true, as_bytes("code\n"), {}, {}},
};

/// A server of kPage whose answers a test changes.
class FakeServer {
public:
    FakeServer() {
        answers["/version"] = plain(version_text(kPage), "text/plain; charset=utf-8");
        for (const EmbeddedAsset& asset : kPage)
            answers[std::string(asset.route)] = plain(as_text(asset.identity), asset.content_type);
    }

    [[nodiscard]] HttpAnswer plain(std::string_view body, std::string_view type) const {
        HttpAnswer answer{.status = 200};
        for (const auto& header : net::protecting_headers("talk.example", relays))
            set(answer, header.name, header.value);
        set(answer, "Content-Type", type);
        answer.body = ByteBuffer(as_bytes(body).begin(), as_bytes(body).end());
        return answer;
    }

    static void set(HttpAnswer& answer, std::string_view name, std::string_view value) {
        const std::string lower = ascii_lowered(name);
        std::erase_if(answer.headers, [&](const auto& header) { return header.name == lower; });
        answer.headers.push_back({lower, std::string(value)});
    }

    PageReport look(std::string_view url = "https://talk.example") {
        return verify_page(*net::parse_http_url(url), kPage, [this](const net::HttpUrl& at, std::string_view lines) {
            asked.push_back(at.text());
            return fetch(at, lines.find("Accept-Encoding: identity\r\n") == std::string_view::npos);
        });
    }

    std::vector<std::string> relays;
    std::map<std::string, HttpAnswer> answers;
    std::map<std::string, HttpAnswer> compressed_answers; // for who takes them
    std::optional<FetchFailure> failure;
    std::map<std::string, FetchFailure> failures; // by target
    std::vector<std::string> asked;

private:
    [[nodiscard]] net::Fetched fetch(const net::HttpUrl& at, bool takes_compressed) const {
        if (failure) return Failure(net::FetchError{*failure, "detail"});
        if (at.host != "talk.example") return Failure(net::FetchError{FetchFailure::kNoSuchHost, {}});
        if (const auto fails = failures.find(at.target); fails != failures.end()) {
            return Failure(net::FetchError{fails->second, "detail"});
        }
        const auto compressed = compressed_answers.find(at.target);
        if (takes_compressed && compressed != compressed_answers.end()) return compressed->second;
        const auto found = answers.find(at.target);
        return found == answers.end() ? HttpAnswer{.status = 404} : found->second;
    }
};

bool says(const PageReport& report, std::string_view words) {
    return report.text.find(words) != std::string::npos;
}

TEST(VerifyPage, FindsThePublishedOne) {
    FakeServer server;
    const auto report = server.look("https://talk.example/how?lang=ar");
    EXPECT_EQ(report.verdict, PageVerdict::kPublished) << report.text;
    EXPECT_TRUE(
        says(report, "https://talk.example serves the page of visavis " VV_VERSION "\n  page " + page_hash(kPage)))
        << report.text;
    EXPECT_TRUE(says(report, "  3 addresses")) << report.text;
    // Each address in each form, and what the server says of itself.
    EXPECT_EQ(server.asked.size(), 1 + 3 * kPage.size());
}

TEST(VerifyPage, ComparesWhatIsInsideOfACompressedAnswer) {
    FakeServer server;
    for (const auto& [coding, bytes] : {std::pair("br", kHelloBrotli), std::pair("gzip", kHelloGzip)}) {
        HttpAnswer& answer = server.compressed_answers["/"] = server.answers["/"];
        FakeServer::set(answer, "Content-Encoding", coding);
        answer.body = bytes;
        EXPECT_EQ(server.look().verdict, PageVerdict::kPublished) << coding;
        answer.body.back() ^= 1;
        const auto report = server.look();
        EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
        EXPECT_TRUE(says(report, "differs  /: its Content-Encoding cannot be taken off (as gzip)")) << report.text;
        FakeServer::set(answer, "Content-Encoding", "identity");
        answer.body = {'<', 'p', '>', 'o', 't', 'h', 'e', 'r', '\n'};
        EXPECT_TRUE(says(server.look(), "differs  /: from byte 3 on “other"));
    }
}

TEST(VerifyPage, NamesWhatDiffersAndWhatIsMissing) {
    FakeServer server;
    server.answers["/assets/a-1.js"].body.pop_back();
    server.answers.erase("/p");
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
    EXPECT_TRUE(says(report, "https://talk.example does NOT serve the page")) << report.text;
    EXPECT_TRUE(says(report, "\n  differs  /assets/a-1.js: it ends after 4 bytes\n")) << report.text;
    EXPECT_TRUE(says(report, "\n  missing  /p: nothing is there\n")) << report.text;
    EXPECT_FALSE(says(report, "  /:")) << report.text;
    server.answers["/p"] = HttpAnswer{.status = 500};
    EXPECT_TRUE(says(server.look(), "differs  /p: status 500"));
}

TEST(VerifyPage, WhatGetsNoAnswerIsUnknownAndWhatDiffersIsSaidAllTheSame) {
    FakeServer server;
    server.failures["/assets/a-1.js"] = FetchFailure::kTooSlow;
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kNotChecked);
    EXPECT_TRUE(says(report, "https://talk.example could not be asked for all of the page")) << report.text;
    EXPECT_TRUE(says(report, "\n  unknown  /assets/a-1.js: talk.example takes too long (detail)\n")) << report.text;
    server.answers["/p"].body.pop_back();
    const auto worse = server.look();
    EXPECT_EQ(worse.verdict, PageVerdict::kDiffers);
    EXPECT_TRUE(says(worse, "does NOT serve")) << worse.text;
    EXPECT_TRUE(says(worse, "\n  unknown  /assets/a-1.js")) << worse.text;
    server.answers = FakeServer().answers;
    server.failures["/assets/a-1.js"] = FetchFailure::kTooLarge;
    EXPECT_EQ(server.look().verdict, PageVerdict::kDiffers) << "an answer, and not the published one";
}

TEST(VerifyPage, LooksForWhatOnlyTheServedPageNames) {
    FakeServer server;
    server.answers["/"] = server.plain("<p>hello\n<script src=/evil.js></script><img src='//other.example/x'>",
                                       "text/html; charset=utf-8");
    server.answers["/evil.js"] = server.plain("alert(1)", "text/javascript");
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
    EXPECT_TRUE(says(report, "differs  /: more behind its end: “<script src=/evil.js>")) << report.text;
    EXPECT_TRUE(says(report, "differs  /: script elements: 1 and not 0")) << report.text;
    EXPECT_TRUE(says(report, "extra    /evil.js: named by / and not published; status 200, 8 bytes")) << report.text;
    EXPECT_TRUE(says(report, "extra    https://other.example/x: named by / and not published; at another place"))
        << report.text;
    EXPECT_EQ(std::ranges::count(server.asked, "https://other.example/x"), 0) << "nobody else is asked";
}

TEST(VerifyPage, AsksForSoManyExtraFilesAndNoMore) {
    FakeServer server;
    const auto with = [&](std::size_t count) {
        std::string html;
        for (std::size_t i = 0; i < count; ++i)
            html += "<a href=/x" + std::to_string(i) + ">";
        server.answers["/"] = server.plain(html, "text/html; charset=utf-8");
        return says(server.look(), "more than");
    };
    EXPECT_FALSE(with(kExtraFilesMax));
    EXPECT_TRUE(with(kExtraFilesMax + 1));
}

TEST(VerifyPage, ComparesWhatProtectsThePage) {
    const auto header = [](std::string_view name, std::string_view value, std::string_view path = "/") {
        FakeServer server;
        FakeServer::set(server.answers[std::string(path)], name, value);
        return server.look();
    };
    const std::string policy = net::content_security_policy("talk.example");
    EXPECT_TRUE(says(header("Content-Security-Policy", policy + " https://evil.example"),
                     "header   /: Content-Security-Policy is another, more behind its end: “"));
    EXPECT_TRUE(says(header("Referrer-Policy", "origin"), "header   /: Referrer-Policy is another"));
    EXPECT_TRUE(says(header("Set-Cookie", "a=b"), "header   /: set-cookie has no place here: “a=b”"));
    EXPECT_TRUE(says(header("Content-Type", "text/plain"), "header   /: Content-Type is “text/plain” and not"));
    EXPECT_TRUE(says(header("X-Content-Type-Options", "x", "/assets/a-1.js"), "header   /assets/a-1.js: X-Content-"));
    EXPECT_EQ(header("Content-Security-Policy", "none", "/assets/a-1.js").verdict, PageVerdict::kPublished)
        << "it is for documents";
    EXPECT_EQ(header("Content-Type", "Text/HTML; charset=UTF-8").verdict, PageVerdict::kPublished);
    FakeServer server;
    server.answers["/"].headers.push_back({"content-security-policy", policy});
    EXPECT_TRUE(says(server.look(), "header   /: Content-Security-Policy comes more than once"));
    std::erase_if(server.answers["/"].headers, [](const auto& each) { return each.name == "permissions-policy"; });
    EXPECT_TRUE(says(server.look(), "header   /: Permissions-Policy is missing"));
}

TEST(VerifyPage, AnOperatorMayNameRelaysAndNothingElse) {
    const auto with = [](std::vector<std::string> relays) {
        FakeServer server;
        server.relays = std::move(relays);
        for (const EmbeddedAsset& asset : kPage)
            server.answers[std::string(asset.route)] = server.plain(as_text(asset.identity), asset.content_type);
        return server.look();
    };
    const auto report = with({"https://eu.example", "https://in.example:8443"});
    EXPECT_EQ(report.verdict, PageVerdict::kPublished) << report.text;
    EXPECT_TRUE(says(report, "note     its policy lets the page ask https://in.example:8443 too")) << report.text;
    for (const std::string_view word : {"*", "https:", "https://eu.example/path", "'unsafe-inline'", "data:"})
        EXPECT_EQ(with({std::string(word)}).verdict, PageVerdict::kDiffers) << word;
}

TEST(VerifyPage, ComparesWithItsOwnVersionOnly) {
    FakeServer server;
    server.answers["/version"] = server.plain("visavis 99.0.0\npage 00\n", "text/plain");
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kOtherVersion);
    EXPECT_TRUE(says(report, "says that it is visavis 99.0.0")) << report.text;
    EXPECT_TRUE(says(report, "This is visavis " VV_VERSION)) << report.text;
    EXPECT_EQ(server.asked.size(), 1U);
    server.answers["/version"] = server.plain("visavis " VV_VERSION "\npage 00\n", "text/plain");
    EXPECT_TRUE(says(server.look(), "differs  /version: it says itself that its page is another, 00"));
    server.answers.erase("/version");
    EXPECT_TRUE(says(server.look(), "missing  /version")) << "though all else is as published";
}

TEST(VerifyPage, SaysWhyAServerWasNotChecked) {
    FakeServer server;
    server.answers.clear();
    const auto other = server.look();
    EXPECT_EQ(other.verdict, PageVerdict::kNotChecked);
    EXPECT_TRUE(says(other, "does not say that it is visavis")) << other.text;
    constexpr std::array kAll{FetchFailure::kNoSuchHost, FetchFailure::kNobodyAnswers, FetchFailure::kNoTls,
                              FetchFailure::kNotTrusted, FetchFailure::kBroken,        FetchFailure::kUnreadable,
                              FetchFailure::kTooLarge,   FetchFailure::kTooSlow};
    std::map<std::string, FetchFailure> texts;
    for (const FetchFailure failure : kAll) {
        server.failure = failure;
        const auto report = server.look();
        EXPECT_EQ(report.verdict, PageVerdict::kNotChecked);
        EXPECT_TRUE(report.text.starts_with("https://talk.example was not checked: ")) << report.text;
        texts.emplace(report.text, failure);
    }
    EXPECT_EQ(texts.size(), kAll.size()) << "each in its own words";
}

TEST(VerifyPage, FollowsAWayWithinTheSameOriginOnly) {
    FakeServer server;
    const auto leads = [&](const std::string& from, const std::string& to) {
        server.answers[from] = HttpAnswer{.status = 302};
        FakeServer::set(server.answers[from], "Location", to);
    };
    server.answers["/3"] = server.answers["/version"];
    leads("/version", "/1");
    leads("/1", "/2");
    leads("/2", "https://talk.example/3");
    EXPECT_EQ(server.look().verdict, PageVerdict::kPublished);
    server.answers["/4"] = server.answers["/3"];
    leads("/3", "/4");
    EXPECT_TRUE(says(server.look(), "was not checked: it leads on and on"));
    leads("/version", "https://www.talk.example/version");
    EXPECT_TRUE(says(server.look(), "it leads to another place, “https://www.talk.example”: look at that address"));
    leads("/version", "ftp://talk.example");
    EXPECT_TRUE(says(server.look(), "it leads to “ftp://talk.example”, which is no address of a page"));
}

TEST(VerifyPage, AFileAtAnotherAddressIsNotThePublishedOne) {
    FakeServer server;
    server.answers["/evil/a-1.js"] = server.answers["/assets/a-1.js"]; // its imports would be looked for there
    server.answers["/assets/a-1.js"] = HttpAnswer{.status = 302};
    FakeServer::set(server.answers["/assets/a-1.js"], "Location", "/evil/a-1.js");
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
    EXPECT_TRUE(says(report, "\n  differs  /assets/a-1.js: it leads to “/evil/a-1.js”\n")) << report.text;
}

TEST(VerifyPage, ABodyThatIsCodedTwiceIsNotTakenForOne) {
    FakeServer server;
    HttpAnswer& answer = server.answers["/"];
    for (const std::string_view coding : {"identity", "br"})
        answer.headers.push_back({"content-encoding", std::string(coding)});
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
    EXPECT_TRUE(says(report, "differs  /: its Content-Encoding cannot be taken off")) << report.text;
}

TEST(VerifyPage, WhatAServerSaysMovesNothingOnTheTerminal) {
    FakeServer server;
    server.answers["/"] = server.plain("\x1b[2J\x1b[31m<a href='/\x1b[1m'>", "text/html; charset=utf-8");
    FakeServer::set(server.answers["/"], "Refresh", "0; \x1b[0m");
    const auto report = server.look();
    EXPECT_EQ(report.verdict, PageVerdict::kDiffers);
    EXPECT_EQ(report.text.find('\x1b'), std::string::npos);
    EXPECT_TRUE(says(report, "refresh has no place here")) << report.text;
}

} // namespace
} // namespace vv::apps
