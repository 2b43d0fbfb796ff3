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

} // namespace vv::apps
