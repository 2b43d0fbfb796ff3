// The page's files as the server sees them: bytes that live as long as the
// program, with their compressed forms made beforehand.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace vv::net {

struct Asset {
    std::string_view content_type;
    std::string_view etag;  // with its quotes; one per content, whatever the encoding
    bool immutable = false; // the path carries a hash of the content
    ByteView identity;
    ByteView gzip;   // empty if there is none
    ByteView brotli; // empty if there is none
};

class AssetStore {
public:
    AssetStore() = default;
    AssetStore(const AssetStore&) = delete;
    AssetStore& operator=(const AssetStore&) = delete;
    virtual ~AssetStore() = default;

    /// path begins with '/' and has no query. Called from every shard at once.
    [[nodiscard]] virtual std::optional<Asset> find(std::string_view path) const = 0;
};

enum class ContentEncoding : std::uint8_t { kIdentity, kGzip, kBrotli };

/// What a client takes, by its Accept-Encoding (RFC 9110 §12.5.3), best first: brotli, gzip,
/// identity. Identity is always sent in the end, even if the client says it does not like it.
[[nodiscard]] ContentEncoding choose_encoding(std::optional<std::string_view> accept_encoding, bool has_gzip,
                                              bool has_brotli);

} // namespace vv::net
