#include "net/relay_inbox.h"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <utility>

namespace vv::net {

RelayInbox::RelayInbox() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_.is_open()) throw std::system_error(errno, std::generic_category(), "cannot create a relay's inbox");
}

RelayInbox::Put RelayInbox::put(const turn::ForwardToRelay& packet) {
    const std::lock_guard lock(mutex_);
    const bool is_first = waiting_.packets.empty();
    if (waiting_.packets.size() >= kPacketsMax || packet.payload.size() > kBytesMax - waiting_.payloads.size())
        return Put::kRefused;
    const std::size_t begin = waiting_.payloads.size();
    waiting_.payloads.insert(waiting_.payloads.end(), packet.payload.begin(), packet.payload.end());
    waiting_.packets.push_back({packet.from, packet.to, begin, packet.payload.size()});
    return is_first ? Put::kQueuedFirst : Put::kQueued;
}

void RelayInbox::wake() {
    ::eventfd_write(wake_.value(), 1);
}

std::size_t RelayInbox::take(std::size_t most, const std::function<void(const turn::ForwardToRelay&)>& handler) {
    const bool takes_new = next_ == taken_.packets.size();
    if (takes_new) {
        taken_.packets.clear();
        taken_.payloads.clear();
        next_ = 0;
        const std::lock_guard lock(mutex_);
        std::swap(waiting_, taken_);
    }
    std::size_t count = 0;
    for (; count < most && next_ < taken_.packets.size(); ++count) {
        const Packet& packet = taken_.packets[next_++];
        handler({packet.from, packet.to, ByteView(taken_.payloads).subspan(packet.begin, packet.size), false});
    }
    // What has come while there were still some from before may have been told of already.
    has_left_ = next_ < taken_.packets.size() || !takes_new;
    return count;
}

} // namespace vv::net
