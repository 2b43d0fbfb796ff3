// One thread of the server: its loop, its listeners and the connections they
// brought. Nothing here is touched by another thread, except post().
#pragma once

#include "base/reloadable.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "net/log.h"
#include "net/os_rng.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vv::net {

class Shard {
public:
    Shard(std::size_t index, ConnectionCounters& counters, Log& log, const ConnectionTimes& times,
          std::size_t mailbox_max = EventLoop::kMailboxMax);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    ~Shard();

    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] OsRng& rng() { return rng_; }

    /// site and limits outlive the shard. Before run() or on the shard's thread.
    void listen(UniqueFd fd, const Site& site, ConnectionLimits& limits);
    /// What may change of the times connections have (each_reloadable). On the shard's thread.
    void take_times(const ConnectionTimes& times) { take_reloadable(host_.times, times); }
    /// Nothing if the connection is gone. The pointer is good for the present call only.
    [[nodiscard]] Connection* find(ConnectionId id);
    [[nodiscard]] std::size_t connections() const { return open_; }

    /// Accepts nothing more and ends what is idle; calls done, once, when no connection is left or
    /// wait_max has passed. WebSockets are the application's to close, before or after.
    void begin_stop(Duration wait_max, std::function<void()> done);

    /// Destroys every connection and listener; only while the loop does not run.
    void drop_all();

    /// The shard that holds a connection.
    [[nodiscard]] static std::size_t shard_of(ConnectionId id) { return static_cast<std::size_t>(id.value() >> 56U); }

private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint32_t generation = 0;
    };
    class StopTimer;

    void take(const Site& site, Accepted accepted);
    void release(ConnectionId id);
    void read_later(ConnectionId id);
    void destroy(ConnectionId id);
    void finish_stop();
    [[nodiscard]] std::string_view date();

    const std::size_t index_;
    EventLoop loop_;
    OsRng rng_;
    std::vector<std::uint8_t> scratch_;
    ConnectionHost host_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t open_ = 0;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unique_ptr<StopTimer> stop_timer_;
    std::function<void()> stopped_;
    std::string date_;
    WallTime date_of_{};
};

} // namespace vv::net
