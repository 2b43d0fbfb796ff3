#include "apps/listen.h"

#include <algorithm>
#include <optional>

namespace vv::apps {
namespace {

IpAddress loopback_v6() {
    IpAddress::V6 bytes{};
    bytes.back() = 1;
    return IpAddress::v6(bytes);
}

// The address of the other family that the same word stands for.
std::optional<IpAddress> twin_of(const IpAddress& ip) {
    static const IpAddress kLoopbackV4 = IpAddress::v4(0x7F000001);
    if (ip.is_unspecified()) return ip.is_v4() ? IpAddress::v6({}) : IpAddress();
    if (ip == kLoopbackV4) return loopback_v6();
    if (ip == loopback_v6()) return kLoopbackV4;
    return std::nullopt;
}

bool is_present(const IpAddress& ip, std::span<const IpAddress> interfaces) {
    return std::ranges::any_of(interfaces, [&](const IpAddress& own) {
        return ip.is_unspecified() ? own.family() == ip.family() : own == ip;
    });
}

} // namespace

std::vector<SocketAddress> without_absent_family(std::vector<SocketAddress> listen,
                                                 std::span<const IpAddress> interfaces) {
    const std::vector<SocketAddress> all = listen;
    std::erase_if(listen, [&](const SocketAddress& address) {
        const auto twin = twin_of(address.ip);
        if (!twin || is_present(address.ip, interfaces) || !is_present(*twin, interfaces)) return false;
        return std::ranges::find(all, SocketAddress{*twin, address.port}) != all.end();
    });
    return listen;
}

} // namespace vv::apps
