// The place of a client's path in a hash table. Clients choose their addresses,
// so the places must not be theirs to choose: the key is secret.
#pragma once

#include "crypto/siphash.h"
#include "turn/action.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace vv::turn {

struct PathHash {
    crypto::SipHashKey key;

    [[nodiscard]] std::size_t operator()(const FiveTuple& path) const {
        // On the stack, since every packet of a client is looked up by its path. An IPv4 address leaves zeros behind
        // it, which at worst makes two paths share a place.
        std::array<std::uint8_t, 2 * (16 + 2) + 1> bytes{};
        auto out = bytes.begin();
        for (const SocketAddress* address : {&path.server, &path.client.value()}) {
            std::ranges::copy(address->ip.bytes(), out);
            out += 16;
            *out++ = static_cast<std::uint8_t>(address->port >> 8U);
            *out++ = static_cast<std::uint8_t>(address->port);
        }
        *out = static_cast<std::uint8_t>(path.transport);
        return crypto::siphash(key, bytes);
    }
};

} // namespace vv::turn
