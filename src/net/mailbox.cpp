#include "net/mailbox.h"

#include <utility>

namespace vv::net {

Mailbox::Posted Mailbox::post(Task task) {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= capacity_) return Posted::kRefused;
    tasks_.push_back(std::move(task));
    return tasks_.size() == 1 ? Posted::kQueuedFirst : Posted::kQueued;
}

std::vector<Task> Mailbox::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(tasks_, {});
}

} // namespace vv::net
