#include "apps/page_hash.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <map>

namespace vv::apps {

std::string page_list(std::span<const EmbeddedAsset> page) {
    std::map<std::string_view, ByteView> by_path;
    for (const EmbeddedAsset& asset : page)
        by_path[asset.route] = asset.identity;
    std::string list;
    for (const auto& [path, bytes] : by_path)
        list += hex_encode(crypto::sha256(bytes)) + "  " + std::string(path) + "\n";
    return list;
}

std::string page_hash(std::span<const EmbeddedAsset> page) {
    return hex_encode(crypto::sha256(as_bytes(page_list(page))));
}

std::string version_text(std::span<const EmbeddedAsset> page) {
    return "visavis " VV_VERSION "\npage " + page_hash(page) + "\n";
}

std::optional<PageClaim> read_page_claim(std::string_view text) {
    constexpr std::string_view kFirst = "visavis ";
    constexpr std::string_view kSecond = "page ";
    constexpr std::size_t kClaimMax = 200;
    const auto end = text.find('\n');
    if (text.size() > kClaimMax || !text.starts_with(kFirst) || end == std::string_view::npos) return std::nullopt;
    std::string_view second = text.substr(end + 1);
    if (!second.starts_with(kSecond) || !second.ends_with('\n')) return std::nullopt;
    second.remove_suffix(1);
    return PageClaim{std::string(text.substr(kFirst.size(), end - kFirst.size())),
                     std::string(second.substr(kSecond.size()))};
}

} // namespace vv::apps
