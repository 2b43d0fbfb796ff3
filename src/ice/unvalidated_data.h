// Packets that came before their pair was valid. The other end may send as soon
// as its own check is answered, while ours is still on the way or was lost; a
// DTLS handshake that begins then would lose a second if they were dropped.
#pragma once

#include "base/bytes.h"
#include "ice/path.h"

#include <cstddef>
#include <deque>
#include <optional>

namespace vv::ice {

class UnvalidatedData {
public:
    /// False: there is no room; those that came first stay, since a handshake begins with them.
    bool keep(const Route& route, ByteView packet);
    /// What came on this route is data now.
    void release(const Route& route);
    [[nodiscard]] std::optional<ByteBuffer> poll();
    void clear();

private:
    struct Packet {
        Route route;
        ByteBuffer bytes;
        bool released = false;
    };
    std::deque<Packet> packets_;
    std::size_t size_ = 0;
};

} // namespace vv::ice
