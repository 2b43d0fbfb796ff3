// Whom one endpoint inside has spoken to of late, and so who may answer: the
// state of a filter in RFC 4787's terms (§5).
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "sim/box.h"

#include <cstddef>
#include <vector>

namespace vv::sim {

/// For one endpoint inside. Past it the one that was refreshed longest ago goes.
inline constexpr std::size_t kPinholesMax = 256;

class Pinholes {
public:
    /// The endpoint has sent something there, or heard from there where that counts.
    void note(Instant now, const SocketAddress& remote, Duration lifetime);
    [[nodiscard]] bool admits(Instant now, Behaviour filtering, const SocketAddress& remote) const;
    [[nodiscard]] std::size_t size() const { return holes_.size(); }

private:
    struct Hole {
        SocketAddress remote;
        Instant expiry;
    };
    std::vector<Hole> holes_;
};

} // namespace vv::sim
