// Whether the page that a running server sends is the one inside this program, file by file, and whether it comes with
// what protects it in a browser. A server can tell this program from a browser, and treat the two in different ways:
// what is found is found, and what is not found is no proof.
#pragma once

#include "apps/embedded_assets.h"
#include "net/http_client.h"
#include "net/http_url.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

/// What the command ends with; 2 is a wrong command line, as everywhere.
enum class PageVerdict : std::uint8_t {
    kPublished = 0,
    kDiffers = 1,
    kNotChecked = 3,   // it could not be asked, or not for all of it, or is no visavis
    kOtherVersion = 4, // it says so itself: this program does not know that version's page
};

struct PageReport {
    PageVerdict verdict = PageVerdict::kPublished;
    std::string text; // lines for a person
};

/// How many addresses that only the served page names are asked for.
inline constexpr std::size_t kExtraFilesMax = 32;
inline constexpr std::size_t kRedirectsMax = 3;

using Fetch = std::function<net::Fetched(const net::HttpUrl& url, std::string_view header_lines)>;

/// url: any of the page's addresses; its origin is what is looked at.
[[nodiscard]] PageReport verify_page(const net::HttpUrl& url, std::span<const EmbeddedAsset> page, const Fetch& fetch);

} // namespace vv::apps
