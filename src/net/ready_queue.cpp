#include "net/ready_queue.h"

#include <algorithm>

namespace vv::net {

void ReadyQueue::add(Reader& reader) {
    if (reader.is_waiting_) return;
    reader.is_waiting_ = true;
    waiting_.push_back(&reader);
}

void ReadyQueue::remove(Reader& reader) {
    if (!reader.is_waiting_) return;
    reader.is_waiting_ = false;
    std::erase(waiting_, &reader);
}

std::size_t ReadyQueue::serve(std::size_t most) {
    const std::size_t share = std::max(most / std::max<std::size_t>(waiting_.size(), 1), kShareMin);
    std::size_t read = 0;
    for (std::size_t turns = waiting_.size(); turns > 0 && read < most && !waiting_.empty(); --turns) {
        Reader& reader = *waiting_.front();
        waiting_.pop_front();
        reader.is_waiting_ = false;
        const std::size_t part = std::min(share, most - read);
        const std::size_t got = reader.read(part);
        read += got;
        if (got >= part) add(reader);
    }
    return read;
}

} // namespace vv::net
