// In which order sockets get their next turn with a limited set of buffers.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace vv::net {

/// A request to receive that has ended.
struct EndedRequest {
    std::uint64_t watch = 0;
    bool has_received = false; ///< anything, while it lasted
};

/// First those that have received nothing, and else as they ended. A kernel that reads one socket until the buffers are
/// gone (Linux 6.1 in its first releases) would otherwise serve whoever never runs dry again and again, and the others
/// never.
inline void put_in_order(std::vector<EndedRequest>& ended) {
    std::vector<EndedRequest> ordered;
    ordered.reserve(ended.size());
    for (const bool has_received : {false, true}) {
        for (const EndedRequest& request : ended)
            if (request.has_received == has_received) ordered.push_back(request);
    }
    ended = std::move(ordered);
}

} // namespace vv::net
