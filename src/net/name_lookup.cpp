#include "net/name_lookup.h"

#include "net/socket.h"

#include <cstring>
#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace vv::net {

std::vector<SocketAddress> resolve(const std::string& host, std::uint16_t port) {
    addrinfo wish{};
    wish.ai_family = AF_UNSPEC;
    wish.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &found) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    std::vector<SocketAddress> addresses;
    for (const addrinfo* place = found; place != nullptr; place = place->ai_next) {
        if (place->ai_family != AF_INET && place->ai_family != AF_INET6) continue;
        NativeAddress native;
        std::memcpy(&native.storage, place->ai_addr, place->ai_addrlen);
        addresses.push_back(native.address());
    }
    return addresses;
}

struct NameLookup::Shared {
    std::string host;
    std::uint16_t port = 0;
    std::shared_ptr<const UniqueFd> wake;
    Resolve resolve;
    std::mutex mutex; // guards what follows
    bool is_under_way = false;
    std::optional<std::vector<SocketAddress>> answer;

    void tell(std::vector<SocketAddress> found) {
        {
            const std::lock_guard lock(mutex);
            is_under_way = false;
            answer = std::move(found);
        }
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(wake->value(), &one, sizeof one); // full: it is awake already
    }
};

NameLookup::NameLookup(std::string host, std::uint16_t port, std::shared_ptr<const UniqueFd> wake, Resolve resolve)
    : shared_(std::make_shared<Shared>()) {
    shared_->host = std::move(host);
    shared_->port = port;
    shared_->wake = std::move(wake);
    shared_->resolve = std::move(resolve);
}

void NameLookup::begin() {
    {
        const std::lock_guard lock(shared_->mutex);
        if (std::exchange(shared_->is_under_way, true)) return;
    }
    try {
        std::thread([shared = shared_] { shared->tell(shared->resolve(shared->host, shared->port)); }).detach();
    } catch (const std::system_error&) {
        shared_->tell({});
    }
}

std::optional<std::vector<SocketAddress>> NameLookup::take() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->answer, std::nullopt);
}

} // namespace vv::net
