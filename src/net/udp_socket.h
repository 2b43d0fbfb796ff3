// A UDP socket that learns to which of its own addresses each datagram came, so
// that an answer leaves from there, and reads in batches into buffers shared by
// all sockets of a shard. Where the kernel can, it takes several datagrams of
// one sender through its own layers as one (UDP_GRO).
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "net/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <sys/socket.h>

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

/// Buffers of what has been received and may still have to be sent; one set for each shard, not for each socket.
class UdpReceiveBuffers {
public:
    /// How many there are, and the most that one call of the kernel's fills.
    static constexpr std::size_t kBatch = 64;
    /// The largest UDP payload over IPv4 and IPv6 without jumbograms fits, and what the kernel coalesces.
    static constexpr std::size_t kDatagramMax = 65536;
    /// So many datagrams the kernel puts into one at most.
    static constexpr std::size_t kCoalescedMax = 64;

    /// before_reuse: called when all are filled, before the first is filled anew: for sending what points into them.
    explicit UdpReceiveBuffers(std::function<void()> before_reuse = {});
    UdpReceiveBuffers(const UdpReceiveBuffers&) = delete;
    UdpReceiveBuffers& operator=(const UdpReceiveBuffers&) = delete;
    ~UdpReceiveBuffers();

    /// Nothing points into them any more.
    void reuse();

private:
    friend class UdpSocket;
    struct Storage;
    std::unique_ptr<Storage> storage_;
    std::function<void()> before_reuse_;
};

class UdpSocket {
public:
    /// Datagrams come with the address they were sent to; without it, `local` is the bound one.
    enum class Destination : std::uint8_t { kReported, kBound };

    UdpSocket() = default;
    /// Binds; the port may be 0. reuse_port lets the shards share one port. Throws std::runtime_error with one clear
    /// line.
    UdpSocket(const SocketAddress& address, bool reuse_port, Destination destination = Destination::kReported);

    [[nodiscard]] bool is_open() const { return fd_.is_open(); }
    [[nodiscard]] int fd() const { return fd_.value(); }
    [[nodiscard]] const SocketAddress& bound() const { return bound_; }

    /// Hands on at most so many datagrams, in order, but for the rest of what the kernel has coalesced beyond what its
    /// earlier reads let expect; what is coalesced comes as the single datagrams it was. The handler must not destroy
    /// this socket. Payloads stay until the buffers are reused. Gives how many it were; fewer than `most` if for now
    /// there are no more.
    std::size_t receive(UdpReceiveBuffers& buffers, std::size_t most,
                        const std::function<void(const ReceivedDatagram&)>& handler);

    /// Sends header, payload and padding as one datagram from `local` (unspecified: the kernel chooses). False means
    /// the datagram is lost, for whatever reason the kernel has: for UDP that is loss on the way and nothing more.
    [[nodiscard]] bool send(const IpAddress& local, const SocketAddress& remote, ByteView header, ByteView payload,
                            ByteView padding = {}) const;

    /// What the kernel has filled in otherwise: `size` bytes at the message's first part, and its control messages.
    /// Gives the number of datagrams.
    std::size_t hand_on(msghdr& message, std::size_t size, const SocketAddress& remote,
                        const std::function<void(const ReceivedDatagram&)>& handler);

    /// From now on ICMP errors are kept for receive_errors() and raise EPOLLERR. Without this the kernel drops them.
    /// False if it does not offer that.
    [[nodiscard]] bool report_errors();
    [[nodiscard]] bool reports_errors() const { return reports_errors_; }
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
    std::size_t expected_ = UdpReceiveBuffers::kCoalescedMax; // datagrams in one buffer
    bool reports_errors_ = false;
    std::uint32_t drops_ = 0; // told so far; the kernel's count wraps as well
};

} // namespace vv::net
