#include "apps/page_links.h"

#include <gtest/gtest.h>

namespace vv::apps {
namespace {

using Texts = std::vector<std::string>;

TEST(PageLinks, FindsWhatADocumentNames) {
    const auto links = links_of(R"(<!doctype html><link rel="icon" href="/icon.svg"><script type="module" src="/app.js">
</script><a href='/how'>x</a><img src=/a.png><object data="/o"></object>)");
    EXPECT_EQ(links.references, (Texts{"/icon.svg", "/app.js", "/how", "/a.png", "/o"}));
    EXPECT_EQ(links.scripts, 1U);
}

TEST(PageLinks, HoweverItIsWritten) {
    EXPECT_EQ(links_of("<SCRIPT\n SRC = /x.js>").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<script/src='/x.js'/>").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<script async src=/x.js defer>").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<script src=\"/x.js").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<script src=&#47;&#X2F;evil.example/x.js?a&amp;b>").references,
              Texts{"//evil.example/x.js?a&b"});
    EXPECT_EQ(links_of("<p title=\"<script src=/x.js>\">").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<a xlink:href=/x.svg>").references, Texts{"/x.svg"});
    EXPECT_EQ(links_of("<!-- <a title=\" --><script src=/x.js>").references, Texts{"/x.js"});
    EXPECT_EQ(links_of("<script>alert(1)</script><script>2</script>"), (PageLinks{{}, 2}));
    EXPECT_EQ(links_of("<a src=/x.js><a href=/x.js>").references, Texts{"/x.js"}) << "each once";
}

TEST(PageLinks, WhatIsNoHtmlNamesNothing) {
    for (const std::string_view text :
         {"", "<", "<>", "< ", "a < b", "<=", "<a =", "<a b=", "</script>", "data", "src : 1"})
        EXPECT_EQ(links_of(text), PageLinks()) << text;
}

TEST(PageLinks, HasALimit) {
    std::string html;
    for (std::size_t i = 0; i < kPageLinksMax; ++i)
        html += "<a href=" + std::to_string(i) + ">";
    EXPECT_EQ(links_of(html).references.size(), kPageLinksMax);
    EXPECT_EQ(links_of(html + "<a href=more>").references.size(), kPageLinksMax);
    const std::string_view last = "<a href=x>";
    const std::string longest(kLinkedPageMax - last.size(), ' ');
    EXPECT_EQ(links_of(longest + std::string(last)).references, Texts{"x"});
    EXPECT_EQ(links_of(longest + "<a href=xyz>").references, Texts{"xy"}) << "as far as the limit";
}

} // namespace
} // namespace vv::apps
