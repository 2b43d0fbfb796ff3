// What the kernel says about a received datagram and what it is told about one
// to send, beside the bytes: control messages of udp(7), ip(7) and socket(7).
#pragma once

#include "base/socket_address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace vv::net {

/// Destination, size of the coalesced datagrams.
inline constexpr std::size_t kReceiveControlSize = CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int));

struct UdpReceiveControl {
    std::optional<IpAddress> local; ///< where it was sent to, if the socket asks for that
    std::size_t segment_size = 0;   ///< bytes of each datagram in this buffer but the last; 0: it is one
};
[[nodiscard]] UdpReceiveControl read_control(msghdr& message);

/// Room for the control messages of one datagram.
class UdpSendControl {
public:
    /// Points the message here. local: where it leaves from, if specified and of that family. segment_size: into what
    /// the kernel cuts it; 0: not at all. Stays until the message is sent.
    void write(msghdr& message, const IpAddress& local, AddressFamily family, std::size_t segment_size);

private:
    alignas(
        cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t))> bytes_{};
};

/// Sends without waiting. False if it is lost; an errno says why. reports_errors: of a socket that does, the first
/// attempt may fail with the error of an earlier packet, which may have gone to somebody else. That failure has cleared
/// it, so the second attempt is this packet's own.
[[nodiscard]] bool send_message(int socket, const msghdr& message, bool reports_errors);

/// Whether a datagram was refused because nothing had room for it (an errno of sendmsg), not for what it is or for an
/// earlier one's sake. A part of what was to be cut may have left then, so it must not be sent again.
[[nodiscard]] bool is_want_of_room(int error);

} // namespace vv::net
