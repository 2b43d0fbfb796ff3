#include "net/udp_control.h"

#include <cerrno>
#include <cstring>
#include <netinet/udp.h>

namespace vv::net {
namespace {

template <typename Value>
Value value_of(const cmsghdr& control) {
    Value value{};
    std::memcpy(&value, CMSG_DATA(&control), sizeof value);
    return value;
}

template <typename Value>
void add(msghdr& message, cmsghdr*& control, int level, int type, const Value& value) {
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(control), &value, sizeof value);
    message.msg_controllen += CMSG_SPACE(sizeof value);
    // Not CMSG_NXTHDR: it looks into bytes that have not been written.
    control = reinterpret_cast<cmsghdr*>(reinterpret_cast<std::uint8_t*>(control) + CMSG_SPACE(sizeof value));
}

} // namespace

UdpReceiveControl read_control(msghdr& message) {
    UdpReceiveControl found;
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            found.local = IpAddress::v4(ntohl(value_of<in_pktinfo>(*control).ipi_addr.s_addr));
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            const auto info = value_of<in6_pktinfo>(*control);
            IpAddress::V6 bytes{};
            std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
            found.local = IpAddress::v6(bytes);
        } else if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
            const int size = value_of<int>(*control);
            found.segment_size = size > 0 ? static_cast<std::size_t>(size) : 0;
        }
    }
    return found;
}

void UdpSendControl::write(msghdr& message, const IpAddress& local, AddressFamily family, std::size_t segment_size) {
    message.msg_control = bytes_.data();
    message.msg_controllen = 0;
    auto* control = reinterpret_cast<cmsghdr*>(bytes_.data());
    if (!local.is_unspecified() && local.family() == family) {
        if (local.is_v4()) {
            in_pktinfo info{};
            std::memcpy(&info.ipi_spec_dst, local.bytes().data(), sizeof info.ipi_spec_dst);
            add(message, control, IPPROTO_IP, IP_PKTINFO, info);
        } else {
            in6_pktinfo info{};
            std::memcpy(&info.ipi6_addr, local.bytes().data(), sizeof info.ipi6_addr);
            add(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
        }
    }
    if (segment_size > 0) add(message, control, SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(segment_size));
    if (message.msg_controllen == 0) message.msg_control = nullptr;
}

bool send_message(int socket, const msghdr& message, bool reports_errors) {
    if (::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    return reports_errors && !is_want_of_room(errno) && ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

bool is_want_of_room(int error) {
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

} // namespace vv::net
