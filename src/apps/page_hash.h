// What the page of this program is, in a line that anybody can compare: one hash over all of its files.
#pragma once

#include "apps/embedded_assets.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vv::apps {

/// Where a server says what `visavis --version` says.
inline constexpr std::string_view kVersionPath = "/version";

/// A line for each path as sha256sum writes it, in the order of the paths' bytes: the build's page.sha256.
[[nodiscard]] std::string page_list(std::span<const EmbeddedAsset> page);
/// SHA-256 of that list, in hex. Over uncompressed files, since compressors differ.
[[nodiscard]] std::string page_hash(std::span<const EmbeddedAsset> page);
/// "visavis 0.1.0" and "page HASH", a line each.
[[nodiscard]] std::string version_text(std::span<const EmbeddedAsset> page);

/// What a server says of itself at kVersionPath; as it came, and not to be believed.
struct PageClaim {
    std::string version;
    std::string hash;
};
[[nodiscard]] std::optional<PageClaim> read_page_claim(std::string_view text);

} // namespace vv::apps
