#include "net/udp_socket.h"

#include "base/assert.h"
#include "net/socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime> // for the next one, which does not bring what it needs
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(in6_pktinfo));

// The error, the address of who reported it, and the destination of the packet it is about.
constexpr std::size_t kErrorControlSize =
    CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6)) + CMSG_SPACE(sizeof(in6_pktinfo));

// Room for bursts: a shard that is busy for a few milliseconds must not lose what the kernel could have kept.
constexpr int kReceiveBufferSize = 4 << 20;

void ask_for_destination(const UniqueFd& fd, const SocketAddress& address) {
    const int on = 1;
    const bool v4 = address.ip.is_v4();
    const int outcome = v4 ? ::setsockopt(fd.value(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
                           : ::setsockopt(fd.value(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (outcome != 0) {
        throw std::runtime_error("cannot prepare UDP on " + address.to_string() + ": " +
                                 std::generic_category().message(errno));
    }
}

void enlarge_receive_buffer(const UniqueFd& fd) {
    // Root may go past the system's limit; for others the limit is what they get, and both are fine.
    if (::setsockopt(fd.value(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferSize, sizeof kReceiveBufferSize) == 0)
        return;
    (void)::setsockopt(fd.value(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferSize, sizeof kReceiveBufferSize);
}

IpAddress destination_of(msghdr& message, const IpAddress& fallback) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            return IpAddress::v4(ntohl(info.ipi_addr.s_addr));
        }
        if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            IpAddress::V6 bytes{};
            std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
            return IpAddress::v6(bytes);
        }
    }
    return fallback;
}

// Fills the control message that makes a datagram leave from `local`.
void write_source(msghdr& message, const IpAddress& local) {
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    if (local.is_v4()) {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, local.bytes().data(), sizeof info.ipi_spec_dst);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, local.bytes().data(), sizeof info.ipi6_addr);
        control->cmsg_level = IPPROTO_IPV6;
        control->cmsg_type = IPV6_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
    }
}

// IPv4 knows no control message for the DF bit, so the socket's own choice is changed for the time of one send, which
// no other can come between: a socket belongs to one thread.
class WholePackets {
public:
    explicit WholePackets(int fd) : fd_(fd) {
        socklen_t size = sizeof before_;
        // Not IP_PMTUDISC_DO: that would drop what is larger than some ICMP message, forged or not, has claimed to fit.
        const int whole = IP_PMTUDISC_PROBE;
        in_force_ = ::getsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &before_, &size) == 0 &&
                    ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole) == 0;
    }
    WholePackets(const WholePackets&) = delete;
    WholePackets& operator=(const WholePackets&) = delete;
    ~WholePackets() {
        if (!in_force_) return;
        const int outcome = ::setsockopt(fd_, IPPROTO_IP, IP_MTU_DISCOVER, &before_, sizeof before_);
        VV_ASSERT(outcome == 0); // it was this value a moment ago
    }
    [[nodiscard]] bool in_force() const { return in_force_; }

private:
    int fd_;
    int before_ = 0;
    bool in_force_ = false;
};

// IPv6 knows one.
void write_dont_fragment(msghdr& message) {
    const int on = 1;
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = IPPROTO_IPV6;
    control->cmsg_type = IPV6_DONTFRAG;
    control->cmsg_len = CMSG_LEN(sizeof on);
    std::memcpy(CMSG_DATA(control), &on, sizeof on);
    message.msg_controllen = CMSG_SPACE(sizeof on);
}

// A socket that reports errors fails its next send with the error of an earlier one, which may have gone to somebody
// else; that failure has cleared it, so the second attempt is this packet's own.
bool send_message(int fd, const msghdr& message, bool reports_errors) {
    if (::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    return reports_errors && errno != EAGAIN && ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

// The error in a message from the error queue, if ICMP brought it; not those that this host made itself.
std::optional<ReceivedIcmp> icmp_of(msghdr& message, const SocketAddress& remote) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
        const bool v4 = control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR;
        const bool v6 = control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(control), sizeof error);
        if (error.ee_origin != (v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6)) return std::nullopt;
        return ReceivedIcmp{remote, error.ee_type, error.ee_code, error.ee_errno == EMSGSIZE ? error.ee_info : 0};
    }
    return std::nullopt;
}

} // namespace

struct UdpReceiveBuffers::Storage {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> vectors{};
    std::array<sockaddr_storage, kBatch> remotes{};
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kControlSize>, kBatch> controls{};
    // Not set to zero: pages that no datagram has reached are never touched.
    std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[kBatch * kDatagramMax]};

    void prepare() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            vectors[i] = {bytes.get() + i * kDatagramMax, kDatagramMax};
            msghdr& header = messages[i].msg_hdr;
            header.msg_name = &remotes[i];
            header.msg_namelen = sizeof remotes[i];
            header.msg_iov = &vectors[i];
            header.msg_iovlen = 1;
            header.msg_control = controls[i].data();
            header.msg_controllen = controls[i].size();
            header.msg_flags = 0;
        }
    }
};

UdpReceiveBuffers::UdpReceiveBuffers() : storage_(std::make_unique<Storage>()) {}
UdpReceiveBuffers::~UdpReceiveBuffers() = default;

UdpSocket::UdpSocket(const SocketAddress& address, bool reuse_port)
    : fd_(bind_udp(address, reuse_port)),
      bound_(local_address(fd_.value())) {
    ask_for_destination(fd_, address);
    enlarge_receive_buffer(fd_);
}

void UdpSocket::receive(UdpReceiveBuffers& buffers, std::size_t batches,
                        const std::function<void(const ReceivedDatagram&)>& handler) {
    auto& storage = *buffers.storage_;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        storage.prepare();
        const int count =
            ::recvmmsg(fd_.value(), storage.messages.data(), UdpReceiveBuffers::kBatch, MSG_DONTWAIT, nullptr);
        // An error here is an ICMP answer to an earlier send, or an empty queue: neither ends the socket.
        if (count <= 0) return;
        for (int i = 0; i < count; ++i) {
            auto& message = storage.messages.at(static_cast<std::size_t>(i));
            if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
            NativeAddress remote;
            std::memcpy(&remote.storage, message.msg_hdr.msg_name, sizeof remote.storage);
            auto* bytes = static_cast<std::uint8_t*>(message.msg_hdr.msg_iov->iov_base);
            handler({remote.address(), destination_of(message.msg_hdr, bound_.ip), {bytes, message.msg_len}});
        }
        if (static_cast<std::size_t>(count) < UdpReceiveBuffers::kBatch) return;
    }
}

bool UdpSocket::send(const IpAddress& local, const SocketAddress& remote, ByteView header, ByteView payload,
                     ByteView padding) const {
    NativeAddress native(remote);
    // sendmsg takes pointers to non-const and does not write through them.
    // NOLINTBEGIN(cppcoreguidelines-pro-type-const-cast): its signature leaves no other way
    std::array<iovec, 3> vectors{{{const_cast<std::uint8_t*>(header.data()), header.size()},
                                  {const_cast<std::uint8_t*>(payload.data()), payload.size()},
                                  {const_cast<std::uint8_t*>(padding.data()), padding.size()}}};
    // NOLINTEND(cppcoreguidelines-pro-type-const-cast)
    alignas(cmsghdr) std::array<std::uint8_t, kControlSize> control{};
    msghdr message{};
    message.msg_name = native.pointer();
    message.msg_namelen = native.size;
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    if (!local.is_unspecified() && local.family() == remote.ip.family()) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        write_source(message, local);
    }
    return send_message(fd_.value(), message, reports_errors_);
}

bool UdpSocket::send_whole(const SocketAddress& remote, ByteView payload) const {
    NativeAddress native(remote);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): as above
    iovec vector{const_cast<std::uint8_t*>(payload.data()), payload.size()};
    alignas(cmsghdr) std::array<std::uint8_t, kControlSize> control{};
    msghdr message{};
    message.msg_name = native.pointer();
    message.msg_namelen = native.size;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (!remote.ip.is_v4()) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        write_dont_fragment(message);
        return send_message(fd_.value(), message, reports_errors_);
    }
    const WholePackets whole(fd_.value());
    return whole.in_force() && send_message(fd_.value(), message, reports_errors_);
}

std::uint32_t UdpSocket::take_drops() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    if (::getsockopt(fd_.value(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
    const std::uint32_t total = info[SK_MEMINFO_DROPS];
    return total - std::exchange(drops_, total);
}

bool UdpSocket::report_errors() {
    const int on = 1;
    const bool v4 = bound_.ip.is_v4();
    reports_errors_ =
        ::setsockopt(fd_.value(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on) == 0;
    return reports_errors_;
}

void UdpSocket::receive_errors(std::size_t most, const std::function<void(const ReceivedIcmp&)>& handler) {
    for (std::size_t i = 0; i < most; ++i) {
        NativeAddress remote;
        alignas(cmsghdr) std::array<std::uint8_t, kErrorControlSize> control{};
        msghdr message{};
        message.msg_name = remote.pointer();
        message.msg_namelen = remote.size;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (::recvmsg(fd_.value(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
        if (const auto icmp = icmp_of(message, remote.address())) handler(*icmp);
    }
}

} // namespace vv::net
