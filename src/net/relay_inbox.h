// Packets that allocations of other shards send to those of one: where both ends
// of a call are relayed here, on different threads, they go from thread to thread
// without a socket. Each is copied once, into room that is kept for the next ones.
// What finds none is dropped, as in the buffer of a socket that is not read.
#pragma once

#include "net/unique_fd.h"
#include "turn/action.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace vv::net {

class RelayInbox {
public:
    /// Of those that wait, payloads together. As much again may be in the reader's hands.
    static constexpr std::size_t kBytesMax = std::size_t{2} * 1024 * 1024;
    static constexpr std::size_t kPacketsMax = 4096;

    /// Throws std::system_error if the kernel has no descriptor left.
    RelayInbox();
    RelayInbox(const RelayInbox&) = delete;
    RelayInbox& operator=(const RelayInbox&) = delete;
    ~RelayInbox() = default;

    enum class Put : std::uint8_t {
        kRefused,     ///< no room
        kQueued,      ///< behind others, of which somebody tells the reader
        kQueuedFirst, ///< wake() is due, at the latest when the sender's round ends
    };
    /// Any thread. Packets of one thread stay in their order.
    [[nodiscard]] Put put(const turn::ForwardToRelay& packet);
    /// Any thread.
    void wake();

    // The rest is the reader's, which is one thread.

    /// Becomes readable anew (EPOLLET) with each wake(); nobody reads it.
    [[nodiscard]] int fd() const { return wake_.value(); }
    /// Hands on at most so many, the oldest first, and gives how many it were. Payloads stay until the next call.
    std::size_t take(std::size_t most, const std::function<void(const turn::ForwardToRelay&)>& handler);
    /// Whether the last take() has left some, or may have: nobody will tell of them again.
    [[nodiscard]] bool has_left() const { return has_left_; }

private:
    struct Packet {
        turn::RelaySocket from;
        turn::RelaySocket to;
        std::size_t begin = 0; // of its payload
        std::size_t size = 0;
    };
    struct Queue {
        std::vector<Packet> packets;
        std::vector<std::uint8_t> payloads; // one behind the other
    };

    UniqueFd wake_;
    std::mutex mutex_;
    Queue waiting_; // the mutex's
    Queue taken_;
    std::size_t next_ = 0; // of the packets taken
    bool has_left_ = false;
};

} // namespace vv::net
