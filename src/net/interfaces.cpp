#include "net/interfaces.h"

#include "base/encoding.h"
#include "net/socket.h"
#include "net/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <ifaddrs.h>
#include <iterator>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>

namespace vv::net {
namespace {

bool is_link_local(const IpAddress& ip) {
    const auto bytes = ip.bytes();
    return !ip.is_v4() && bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80U;
}

// None at all is an answer too, so what could not be asked must not look like it.
[[noreturn]] void fail() {
    throw std::runtime_error(std::string("cannot find out this machine's addresses: ") + ::strerrordesc_np(errno));
}

// connect() on UDP only looks the route up; nothing is sent. The targets are public DNS resolvers' blocks, chosen
// because every default route covers them.
std::optional<IpAddress> default_route_source(AddressFamily family) {
    const auto target = family == AddressFamily::kIpv4 ? SocketAddress::parse("8.8.8.8:53")
                                                       : SocketAddress::parse("[2001:4860:4860::8888]:53");
    if (!target) return std::nullopt;
    const NativeAddress native(*target);
    const UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open() && errno != EAFNOSUPPORT) fail();
    if (!fd.is_open() || ::connect(fd.value(), native.pointer(), native.size) != 0) return std::nullopt;
    return local_address(fd.value()).ip;
}

} // namespace

std::vector<IpAddress> interface_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) fail();
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    std::vector<IpAddress> addresses;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
        const int family = entry->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        NativeAddress native;
        std::memcpy(&native.storage, entry->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        const IpAddress ip = native.address().ip;
        if (!is_link_local(ip)) addresses.push_back(ip);
    }
    return addresses;
}

std::vector<IpAddress> temporary_addresses(std::string_view if_inet6) {
    constexpr unsigned kTemporary = 0x01; // IFA_F_TEMPORARY of linux/if_addr.h
    std::vector<IpAddress> found;
    std::istringstream lines{std::string(if_inet6)};
    std::string address;
    std::string index;
    std::string prefix;
    std::string scope;
    std::string flags;
    std::string device;
    while (lines >> address >> index >> prefix >> scope >> flags >> device) {
        const auto bytes = hex_decode(address);
        IpAddress::V6 ip{};
        if (!bytes || bytes->size() != ip.size()) continue;
        std::ranges::copy(*bytes, ip.begin());
        if ((std::strtoul(flags.c_str(), nullptr, 16) & kTemporary) != 0) found.push_back(IpAddress::v6(ip));
    }
    return found;
}

std::vector<IpAddress> lasting_interface_addresses() {
    std::ifstream stream("/proc/net/if_inet6"); // absent without IPv6
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto temporary = temporary_addresses(text);
    auto addresses = interface_addresses();
    std::erase_if(addresses, [&](const IpAddress& ip) { return std::ranges::find(temporary, ip) != temporary.end(); });
    return addresses;
}

std::optional<AdvertisedAddress> choose_advertised_address(AddressFamily family,
                                                           std::span<const IpAddress> configured) {
    return choose_advertised_address(family, configured, default_route_source(family), interface_addresses());
}

std::optional<AdvertisedAddress> choose_advertised_address(AddressFamily family, std::span<const IpAddress> configured,
                                                           const std::optional<IpAddress>& route,
                                                           std::span<const IpAddress> interfaces) {
    const auto of_family = [family](const IpAddress& ip) { return ip.family() == family; };
    const auto candidate = [&](const IpAddress& ip) { return of_family(ip) && !ip.is_loopback(); };
    AdvertisedAddress chosen;
    if (const auto given = std::ranges::find_if(configured, of_family); given != configured.end()) {
        chosen = {*given, AddressReason::kConfigured, {}};
    } else if (route && candidate(*route)) {
        chosen = {*route, AddressReason::kDefaultRoute, {}};
    } else if (const auto first = std::ranges::find_if(interfaces, candidate); first != interfaces.end()) {
        chosen = {*first, AddressReason::kFirstInterface, {}};
    } else if (const auto loopback = std::ranges::find_if(interfaces, of_family); loopback != interfaces.end()) {
        chosen = {*loopback, AddressReason::kLoopback, {}};
    } else {
        return std::nullopt;
    }
    for (const auto& ip : interfaces) {
        if (candidate(ip) && ip != chosen.ip) chosen.others.push_back(ip);
    }
    return chosen;
}

} // namespace vv::net
