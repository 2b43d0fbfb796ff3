// The one way into a shard from another thread, but for the relay's packets
// (relay_inbox.h): a bounded queue of tasks that the shard's loop runs. A full
// mailbox refuses, so a slow shard cannot eat memory.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace vv::net {

using Task = std::move_only_function<void()>;

class Mailbox {
public:
    explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

    enum class Posted { kRefused, kQueued, kQueuedFirst };
    /// kQueuedFirst: the queue was empty, so its reader must be woken. Any thread.
    Posted post(Task task);
    /// Everything queued, oldest first. The reader's thread.
    [[nodiscard]] std::vector<Task> take();

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::vector<Task> tasks_;
};

} // namespace vv::net
