// A UDP socket that learns to which of its own addresses each datagram came, so
// that an answer leaves from there, and reads in batches into buffers shared by
// all sockets of a shard.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "net/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace vv::net {

struct ReceivedDatagram {
    SocketAddress remote;
    IpAddress local; // the address it was sent to
    std::span<std::uint8_t> payload;
};

/// What ICMP says about a datagram this socket has sent (RFC 792, RFC 4443).
struct ReceivedIcmp {
    SocketAddress remote; ///< where the datagram was going
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t mtu = 0; ///< 0 where it is not about sizes
};

/// Buffers for one recvmmsg call; one for each shard, not for each socket.
class UdpReceiveBuffers {
public:
    /// Datagrams fetched in one call.
    static constexpr std::size_t kBatch = 16;
    /// The largest UDP payload over IPv4 and IPv6 without jumbograms fits.
    static constexpr std::size_t kDatagramMax = 65536;

    UdpReceiveBuffers();
    UdpReceiveBuffers(const UdpReceiveBuffers&) = delete;
    UdpReceiveBuffers& operator=(const UdpReceiveBuffers&) = delete;
    ~UdpReceiveBuffers();

private:
    friend class UdpSocket;
    struct Storage;
    std::unique_ptr<Storage> storage_;
};

class UdpSocket {
public:
    UdpSocket() = default;
    /// Binds; the port may be 0. reuse_port lets the shards share one port. Throws std::runtime_error with one clear
    /// line.
    UdpSocket(const SocketAddress& address, bool reuse_port);

    [[nodiscard]] bool is_open() const { return fd_.is_open(); }
    [[nodiscard]] int fd() const { return fd_.value(); }
    [[nodiscard]] const SocketAddress& bound() const { return bound_; }

    /// Reads at most `batches` batches and hands each datagram on, in order. The handler must not destroy this socket.
    void receive(UdpReceiveBuffers& buffers, std::size_t batches,
                 const std::function<void(const ReceivedDatagram&)>& handler);

    /// Sends header, payload and padding as one datagram from `local` (unspecified: the kernel chooses). False means
    /// the datagram is lost, for whatever reason the kernel has: for UDP that is loss on the way and nothing more.
    [[nodiscard]] bool send(const IpAddress& local, const SocketAddress& remote, ByteView header, ByteView payload,
                            ByteView padding = {}) const;

    /// From now on ICMP errors are kept for receive_errors() and raise EPOLLERR. Without this the kernel drops them.
    /// False if it does not offer that.
    [[nodiscard]] bool report_errors();
    /// Takes at most `most` of them, oldest first, and hands on those that came by ICMP. The handler must not destroy
    /// this socket.
    void receive_errors(std::size_t most, const std::function<void(const ReceivedIcmp&)>& handler);

    /// The same from where the socket is bound, as one packet that nobody on the way may divide. False also if it is
    /// larger than the interface takes. What is sent afterwards is not affected.
    [[nodiscard]] bool send_whole(const SocketAddress& remote, ByteView payload) const;

    /// Datagrams that the kernel has dropped since the last call because the receive buffer was full. 0 where it does
    /// not tell.
    [[nodiscard]] std::uint32_t take_drops();

private:
    UniqueFd fd_;
    SocketAddress bound_;
    bool reports_errors_ = false;
    std::uint32_t drops_ = 0; // told so far; the kernel's count wraps as well
};

} // namespace vv::net
