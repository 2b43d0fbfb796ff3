// What a served document names, and where that leads: any bytes are read to their end, and an address that is made of
// them is one that can be asked for.
#include "apps/page_links.h"
#include "base/assert.h"
#include "base/bytes.h"
#include "net/http_url.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using namespace vv;

void check(const net::HttpUrl& url) {
    VV_ASSERT(url.target.starts_with('/') && url.port != 0 && !url.host.empty());
    VV_ASSERT(std::ranges::all_of(url.target, [](char c) { return c > ' ' && c < '\x7f'; })); // one line of a request
    const auto again = net::parse_http_url(url.text());
    VV_ASSERT(again && *again == url);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    const auto base = net::parse_http_url("https://example.org:8443/a/page?q");
    VV_ASSERT(base.has_value());
    const apps::PageLinks links = apps::links_of(text);
    VV_ASSERT(links.references.size() <= apps::kPageLinksMax);
    for (const std::string& reference : links.references) {
        if (const auto url = net::resolve_reference(*base, reference)) check(*url);
    }
    if (const auto url = net::resolve_reference(*base, text)) check(*url);
    if (const auto url = net::parse_http_url(text)) check(*url);
    return 0;
}
