#include "net/mdns_socket.h"

#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// RFC 6762 §17: an interface's packets are no longer.
constexpr std::size_t kPacketMax = 9000;
// RFC 6762 §11.
constexpr int kTtl = 255;
constexpr int kBatch = 64;

// RFC 6762 §3.
SocketAddress group_address(AddressFamily family) {
    if (family == AddressFamily::kIpv4) return {IpAddress::v4({224, 0, 0, 251}), mdns::kPort};
    return {IpAddress::v6({0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB}), mdns::kPort};
}

// Of those that are up and know of groups.
std::vector<unsigned> interfaces_of(AddressFamily family) {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
    const int wanted = family == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
    std::vector<unsigned> found;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        constexpr unsigned kNeeded = unsigned{IFF_UP} | unsigned{IFF_MULTICAST};
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != wanted) continue;
        if ((one->ifa_flags & kNeeded) != kNeeded) continue;
        const unsigned index = ::if_nametoindex(one->ifa_name);
        if (index != 0 && std::ranges::find(found, index) == found.end()) found.push_back(index);
    }
    return found;
}

bool set(int fd, int level, int option, const auto& value) {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

} // namespace

// On one interface.
class MdnsSocket::Group final : private EventHandler {
public:
    Group(MdnsSocket& owner, AddressFamily family, unsigned index)
        : owner_(owner),
          is_v4_(family == AddressFamily::kIpv4),
          index_(index),
          address_(group_address(family)) {
        // RFC 4007 §11: ff02::fb is another group on each interface.
        if (!is_v4_) reinterpret_cast<sockaddr_in6*>(address_.pointer())->sin6_scope_id = index_;
    }
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group() {
        if (is_watched_) owner_.loop_.unwatch(fd_.value(), *this);
    }

    [[nodiscard]] bool begin() {
        fd_.reset(::socket(address_.pointer()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        is_watched_ = fd_.is_open() && share() && (is_v4_ ? join_v4() : join_v6()) &&
                      owner_.loop_.watch(fd_.value(), EPOLLIN, *this);
        return is_watched_;
    }

    // What the kernel does not take is a lost packet.
    void send(ByteView packet) const {
        (void)::sendto(fd_.value(), packet.data(), packet.size(), MSG_NOSIGNAL, address_.pointer(), address_.size);
    }

private:
    // Bound to the group: nothing that was sent to this machine alone comes here, and others on it hear the group too.
    [[nodiscard]] bool share() const {
        const int on = 1;
        return set(fd_.value(), SOL_SOCKET, SO_REUSEADDR, on) && set(fd_.value(), SOL_SOCKET, SO_REUSEPORT, on) &&
               ::bind(fd_.value(), address_.pointer(), address_.size) == 0;
    }

    // Each socket hears its own interface, not those that others have joined on (ip(7)).
    [[nodiscard]] bool join_v4() const {
        ip_mreqn request{};
        request.imr_multiaddr = reinterpret_cast<const sockaddr_in*>(address_.pointer())->sin_addr;
        request.imr_ifindex = static_cast<int>(index_);
        const int on = 1;
        const int off = 0;
        return set(fd_.value(), IPPROTO_IP, IP_MULTICAST_ALL, off) &&
               set(fd_.value(), IPPROTO_IP, IP_ADD_MEMBERSHIP, request) &&
               set(fd_.value(), IPPROTO_IP, IP_MULTICAST_IF, request) &&
               set(fd_.value(), IPPROTO_IP, IP_MULTICAST_TTL, kTtl) &&
               set(fd_.value(), IPPROTO_IP, IP_MULTICAST_LOOP, on);
    }

    [[nodiscard]] bool join_v6() const {
        ipv6_mreq request{};
        request.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6*>(address_.pointer())->sin6_addr;
        request.ipv6mr_interface = index_;
        const int on = 1;
        return set(fd_.value(), IPPROTO_IPV6, IPV6_JOIN_GROUP, request) &&
               set(fd_.value(), IPPROTO_IPV6, IPV6_MULTICAST_IF, index_) &&
               set(fd_.value(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kTtl) &&
               set(fd_.value(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on);
    }

    void handle_ready(std::uint32_t /*events*/) override {
        std::array<std::uint8_t, kPacketMax> buffer{};
        for (int i = 0; i < kBatch; ++i) {
            NativeAddress from;
            const ssize_t size =
                ::recvfrom(fd_.value(), buffer.data(), buffer.size(), MSG_TRUNC, from.pointer(), &from.size);
            if (size < 0) break;
            if (static_cast<std::size_t>(size) > buffer.size()) continue;
            // RFC 6762 §6: whoever speaks from another port is no host of this protocol.
            if (from.address().port != mdns::kPort) continue;
            owner_.hear(ByteView(buffer).first(static_cast<std::size_t>(size)));
        }
        owner_.flush();
    }

    MdnsSocket& owner_;
    bool is_v4_;
    unsigned index_;
    NativeAddress address_;
    UniqueFd fd_;
    bool is_watched_ = false;
};

MdnsSocket::MdnsSocket(EventLoop& loop, Found found, std::initializer_list<AddressFamily> families)
    : loop_(loop),
      found_(std::move(found)),
      timer_(loop.timers(), *this) {
    for (const AddressFamily family : families) {
        for (const unsigned index : interfaces_of(family)) {
            auto group = std::make_unique<Group>(*this, family, index);
            if (group->begin()) groups_.push_back(std::move(group));
        }
    }
}

MdnsSocket::~MdnsSocket() = default;

void MdnsSocket::own(std::string_view name, const IpAddress& address) {
    host_.own(loop_.now(), name, address);
    flush();
}

void MdnsSocket::disown(std::string_view name) {
    host_.disown(loop_.now(), name);
    flush();
}

void MdnsSocket::resolve(std::string_view name) {
    host_.resolve(loop_.now(), name);
    flush();
}

void MdnsSocket::handle_timeout(Timer& /*timer*/, Instant now) {
    host_.handle_timeout(now);
    flush();
}

void MdnsSocket::hear(ByteView packet) {
    host_.handle_input(loop_.now(), packet);
}

void MdnsSocket::flush() {
    while (const auto packet = host_.poll_transmit()) {
        for (const auto& group : groups_)
            group->send(*packet);
    }
    while (const auto found = host_.poll_event())
        found_(*found);
    if (const auto due = host_.poll_timeout()) {
        timer_.arm(*due);
    } else {
        timer_.cancel();
    }
}

} // namespace vv::net
