#include "caller/link.h"

#include "base/ascii.h"
#include "base/encoding.h"
#include "crypto/hmac.h"

#include <algorithm>

namespace vv::caller {
namespace {

constexpr std::string_view kVersion = "1";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

lobby::Bytes16 derive16(LinkKeyView key, std::string_view info) {
    const ByteBuffer derived = crypto::hkdf_sha256(key, {}, as_bytes(info), 16);
    lobby::Bytes16 bytes{};
    std::ranges::copy(derived, bytes.begin());
    return bytes;
}

} // namespace

Result<LinkKey, LinkFlaw> read_fragment(std::string_view fragment) {
    if (fragment.empty()) return Failure(LinkFlaw::kNone);
    const std::size_t dot = fragment.find('.');
    const std::string_view version = fragment.substr(0, dot);
    if (dot == std::string_view::npos || version.empty() || !std::ranges::all_of(version, is_digit)) {
        return Failure(LinkFlaw::kDamaged);
    }
    if (version != kVersion) return Failure(LinkFlaw::kVersion);
    auto bytes = base64url_decode(fragment.substr(dot + 1));
    if (!bytes || bytes->size() != kLinkKeySize) return Failure(LinkFlaw::kDamaged);
    LinkKey key{};
    std::ranges::copy(*bytes, key.begin());
    crypto::secure_wipe(*bytes);
    return key;
}

std::string make_link(std::string_view origin, const LinkKey& key) {
    return std::string(origin) + "/p#" + std::string(kVersion) + "." + base64url_encode(key);
}

LinkSecrets derive_from_key(LinkKeyView key) {
    return {derive16(key, "visavis/1 room"), derive16(key, "visavis/1 door"),
            crypto::SecretBytes(crypto::hkdf_sha256(key, {}, as_bytes("visavis/1 psk"), 32))};
}

ByteBuffer make_prologue(std::string_view host, const lobby::Bytes16& id) {
    ByteBuffer prologue;
    ByteWriter writer(prologue);
    writer.write(as_bytes("visavis/1"));
    writer.write_u8(0);
    writer.write(as_bytes(host));
    writer.write_u8(0);
    writer.write(id);
    return prologue;
}

} // namespace vv::caller
