// A private call's link, and what both of its holders derive from its key
// (docs/protocol.md, Private calls). The key stands in the fragment, which nobody
// sends to a server.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "lobby/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vv::caller {

inline constexpr std::size_t kLinkKeySize = 16;
using LinkKey = std::array<std::uint8_t, kLinkKeySize>;
using LinkKeyView = std::span<const std::uint8_t, kLinkKeySize>;

enum class LinkFlaw : std::uint8_t {
    kNone,    ///< there is no key
    kVersion, ///< of a version that is not ours
    kDamaged, ///< cut off, or changed on the way
};

/// What stands in a link after its '#', the '#' left out.
[[nodiscard]] Result<LinkKey, LinkFlaw> read_fragment(std::string_view fragment);
/// origin: "https://talk.example.org"; gives the whole link.
[[nodiscard]] std::string make_link(std::string_view origin, const LinkKey& key);

/// What the key stands for: the call's name, what the server wants to see with it, and the secret it never sees.
struct LinkSecrets {
    lobby::Bytes16 id{};
    lobby::Bytes16 door{};
    crypto::SecretBytes psk;
};
[[nodiscard]] LinkSecrets derive_from_key(LinkKeyView key);

/// host: the authority of the page's address as browsers write it, without the usual port.
[[nodiscard]] ByteBuffer make_prologue(std::string_view host, const lobby::Bytes16& id);

} // namespace vv::caller
