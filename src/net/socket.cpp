#include "net/socket.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <system_error>

namespace vv::net {
namespace {

constexpr int kListenBacklog = 1024;

[[noreturn]] void fail(const char* verb, const SocketAddress& address, const char* protocol) {
    const int error = errno;
    throw std::system_error(error, std::generic_category(),
                            std::string("cannot ") + verb + " " + address.to_string() + " (" + protocol + ")");
}

bool set_flag(int fd, int level, int option) {
    const int on = 1;
    return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

UniqueFd open_socket(const SocketAddress& address, int type) {
    UniqueFd fd(::socket(address.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return fd;
    if (!address.ip.is_v4() && !set_flag(fd.value(), IPPROTO_IPV6, IPV6_V6ONLY)) return {};
    return fd;
}

bool bind_to(int fd, const SocketAddress& address) {
    const NativeAddress native(address);
    return ::bind(fd, native.pointer(), native.size) == 0;
}

} // namespace

NativeAddress::NativeAddress(const SocketAddress& address) {
    const ByteView bytes = address.ip.bytes();
    if (address.ip.is_v4()) {
        sockaddr_in native{};
        native.sin_family = AF_INET;
        native.sin_port = htons(address.port);
        std::memcpy(&native.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&storage, &native, sizeof native);
        size = sizeof native;
    } else {
        sockaddr_in6 native{};
        native.sin6_family = AF_INET6;
        native.sin6_port = htons(address.port);
        std::memcpy(&native.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&storage, &native, sizeof native);
        size = sizeof native;
    }
}

SocketAddress NativeAddress::address() const {
    if (storage.ss_family == AF_INET) {
        sockaddr_in native{};
        std::memcpy(&native, &storage, sizeof native);
        return {IpAddress::v4(ntohl(native.sin_addr.s_addr)), ntohs(native.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 native{};
        std::memcpy(&native, &storage, sizeof native);
        IpAddress::V6 bytes{};
        std::memcpy(bytes.data(), &native.sin6_addr, bytes.size());
        return {IpAddress::v6(bytes).unmapped(), ntohs(native.sin6_port)};
    }
    return {};
}

UniqueFd listen_tcp(const SocketAddress& address) {
    UniqueFd fd = open_socket(address, SOCK_STREAM);
    if (!fd.is_open() || !set_flag(fd.value(), SOL_SOCKET, SO_REUSEADDR) ||
        !set_flag(fd.value(), SOL_SOCKET, SO_REUSEPORT) || !set_flag(fd.value(), IPPROTO_TCP, TCP_NODELAY) ||
        !bind_to(fd.value(), address) || ::listen(fd.value(), kListenBacklog) != 0) {
        fail("listen on", address, "TCP");
    }
    return fd;
}

void check_tcp_is_free(const SocketAddress& address) {
    const UniqueFd fd = open_socket(address, SOCK_STREAM);
    if (!fd.is_open() || !set_flag(fd.value(), SOL_SOCKET, SO_REUSEADDR) || !bind_to(fd.value(), address)) {
        fail("listen on", address, "TCP");
    }
}

void check_udp_is_free(const SocketAddress& address) {
    (void)bind_udp(address, false);
}

UniqueFd bind_udp(const SocketAddress& address, bool reuse_port) {
    UniqueFd fd = open_socket(address, SOCK_DGRAM);
    if (!fd.is_open() || (reuse_port && !set_flag(fd.value(), SOL_SOCKET, SO_REUSEPORT)) ||
        !bind_to(fd.value(), address)) {
        fail("bind", address, "UDP");
    }
    return fd;
}

void limit_unsent(int fd, int bytes) {
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

SocketAddress local_address(int fd) {
    NativeAddress native;
    if (::getsockname(fd, native.pointer(), &native.size) != 0) return {};
    return native.address();
}

} // namespace vv::net
