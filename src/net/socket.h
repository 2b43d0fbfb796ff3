// Sockets the way the loops want them (non-blocking, close-on-exec), and the
// kernel's address form to and from ours.
#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "net/unique_fd.h"

#include <string>
#include <sys/socket.h>

namespace vv::net {

/// sockaddr_in or sockaddr_in6, ready for bind, sendmsg and the like.
struct NativeAddress {
    NativeAddress() = default;
    explicit NativeAddress(const SocketAddress& address);

    [[nodiscard]] const sockaddr* pointer() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
    /// 0.0.0.0:0 if the family is neither IPv4 nor IPv6. IPv4 mapped into IPv6 is unmapped.
    [[nodiscard]] SocketAddress address() const;

    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);
};

/// A listening TCP socket with SO_REUSEADDR, SO_REUSEPORT, TCP_NODELAY (inherited by
/// what it accepts) and, for IPv6, IPV6_V6ONLY. Throws std::system_error with one
/// clear line ("cannot listen on [::1]:8080 (TCP): Address already in use").
[[nodiscard]] UniqueFd listen_tcp(const SocketAddress& address);
/// Throws likewise if someone else, this program's own listeners not counted,
/// already listens there: SO_REUSEPORT would share the port silently with another
/// process of the same user. Call it once before the shards listen.
void check_tcp_is_free(const SocketAddress& address);
/// The same for UDP.
void check_udp_is_free(const SocketAddress& address);
/// A bound UDP socket with SO_REUSEPORT (if asked) and, for IPv6, IPV6_V6ONLY. Throws likewise.
[[nodiscard]] UniqueFd bind_udp(const SocketAddress& address, bool reuse_port);
/// The kernel takes no more for a TCP socket while this many bytes are unsent (TCP_NOTSENT_LOWAT). A kernel that
/// does not know the option keeps its own limit.
void limit_unsent(int fd, int bytes);
/// The address a socket is bound to; for a port the kernel chose.
[[nodiscard]] SocketAddress local_address(int fd);

} // namespace vv::net
