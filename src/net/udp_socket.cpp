#include "net/udp_socket.h"

#include "base/assert.h"
#include "net/socket.h"
#include "net/udp_control.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime> // for the next one, which does not bring what it needs
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

// The error, the address of who reported it, and the destination of the packet it is about.
constexpr std::size_t kErrorControlSize =
    CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6)) + CMSG_SPACE(sizeof(in6_pktinfo));

// Room for bursts: a shard that is busy for a few milliseconds must not lose what the kernel could have kept.
constexpr int kReceiveBufferSize = 4 << 20;
// A round's packets leave together, often in bundles of 64 000 bytes; by default the kernel takes two or three of those
// while the interface is busy.
constexpr int kSendBufferSize = 4 << 20;

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

// Root may go past the system's limit; for others the limit is what they get, and both are fine.
void enlarge(const UniqueFd& fd, int past_limit, int up_to_limit, int size) {
    if (::setsockopt(fd.value(), SOL_SOCKET, past_limit, &size, sizeof size) == 0) return;
    (void)::setsockopt(fd.value(), SOL_SOCKET, up_to_limit, &size, sizeof size);
}

// Only makes things cheaper; a kernel without it works as well.
void ask_for_coalescing(const UniqueFd& fd) {
    const int on = 1;
    (void)::setsockopt(fd.value(), SOL_UDP, UDP_GRO, &on, sizeof on);
}

// Buffers a power of two apart would share the same few lines of the processor's cache.
constexpr std::size_t kBufferDistance = UdpReceiveBuffers::kDatagramMax + 4096 + 320;

// What comes over Ethernet in one packet is no larger.
constexpr std::size_t kOrdinaryMax = 1500;

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
    std::size_t used = 0;
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> vectors{};
    std::array<NativeAddress, kBatch> remotes{};
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kReceiveControlSize>, kBatch> controls{};
    // Not set to zero: what only large datagrams reach is not touched before they do.
    std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[kBatch * kBufferDistance]};

    Storage() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            std::uint8_t* buffer = bytes.get() + i * kBufferDistance;
            // Pages of ordinary datagrams are there from the start: what grows later is somebody's doing.
            buffer[0] = 0;
            buffer[kOrdinaryMax] = 0;
            vectors[i] = {buffer, kDatagramMax};
            msghdr& header = messages[i].msg_hdr;
            header.msg_name = remotes[i].pointer();
            header.msg_iov = &vectors[i];
            header.msg_iovlen = 1;
            header.msg_control = controls[i].data();
        }
        prepare(kBatch);
    }
    // What the kernel wrote into the first `count` headers is what it takes for their capacity the next time.
    void prepare(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            msghdr& header = messages[i].msg_hdr;
            header.msg_namelen = sizeof remotes[i].storage;
            header.msg_controllen = controls[i].size();
            header.msg_flags = 0;
        }
    }
};

UdpReceiveBuffers::UdpReceiveBuffers(std::function<void()> before_reuse)
    : storage_(std::make_unique<Storage>()),
      before_reuse_(std::move(before_reuse)) {}
UdpReceiveBuffers::~UdpReceiveBuffers() = default;

void UdpReceiveBuffers::reuse() {
    storage_->prepare(storage_->used);
    storage_->used = 0;
}

UdpSocket::UdpSocket(const SocketAddress& address, bool reuse_port, Destination destination)
    : fd_(bind_udp(address, reuse_port)),
      bound_(local_address(fd_.value())) {
    if (destination == Destination::kReported) ask_for_destination(fd_, address);
    ask_for_coalescing(fd_);
    enlarge(fd_, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBufferSize);
    enlarge(fd_, SO_SNDBUFFORCE, SO_SNDBUF, kSendBufferSize);
}

std::size_t UdpSocket::receive(UdpReceiveBuffers& buffers, std::size_t most,
                               const std::function<void(const ReceivedDatagram&)>& handler) {
    auto& storage = *buffers.storage_;
    std::size_t handed = 0;
    while (handed < most) {
        if (storage.used == UdpReceiveBuffers::kBatch) {
            if (buffers.before_reuse_) buffers.before_reuse_();
            buffers.reuse();
        }
        const std::size_t first = storage.used;
        // Buffers, each of which may hold many datagrams.
        const std::size_t wanted = std::max<std::size_t>((most - handed) / expected_, 1);
        const std::size_t room = std::min(UdpReceiveBuffers::kBatch - first, wanted);
        const int outcome =
            ::recvmmsg(fd_.value(), &storage.messages[first], static_cast<unsigned>(room), MSG_DONTWAIT, nullptr);
        // An error here is an ICMP answer to an earlier send, or an empty queue: neither ends the socket.
        if (outcome <= 0) return handed;
        const auto count = static_cast<std::size_t>(outcome);
        storage.used += count;
        std::size_t datagrams = 0;
        for (std::size_t i = first; i < first + count; ++i) {
            auto& message = storage.messages[i];
            const bool is_whole = (message.msg_hdr.msg_flags & MSG_TRUNC) == 0;
            // What is dropped has taken the time of one too.
            datagrams += is_whole ? hand_on(message.msg_hdr, message.msg_len, storage.remotes[i].address(), handler)
                                  : std::size_t{1};
        }
        handed += datagrams;
        // Single datagrams are read more at a time again only by and by.
        expected_ = datagrams > count ? UdpReceiveBuffers::kCoalescedMax : std::max<std::size_t>(expected_ / 2, 1);
        if (count < room) return handed;
    }
    return handed;
}

std::size_t UdpSocket::hand_on(msghdr& message, std::size_t size, const SocketAddress& remote,
                               const std::function<void(const ReceivedDatagram&)>& handler) {
    const UdpReceiveControl control = read_control(message);
    const IpAddress& local = control.local ? *control.local : bound_.ip;
    std::span<std::uint8_t> rest(static_cast<std::uint8_t*>(message.msg_iov->iov_base), size);
    const std::size_t segment = control.segment_size == 0 ? rest.size() : control.segment_size;
    std::size_t datagrams = 0;
    do {
        const std::size_t length = std::min(segment, rest.size());
        handler({remote, local, rest.first(length)});
        rest = rest.subspan(length);
        ++datagrams;
    } while (!rest.empty());
    return datagrams;
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
    UdpSendControl control;
    msghdr message{};
    message.msg_name = native.pointer();
    message.msg_namelen = native.size;
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    control.write(message, local, remote.ip.family(), 0);
    return send_message(fd_.value(), message, reports_errors_);
}

bool UdpSocket::send_whole(const SocketAddress& remote, ByteView payload) const {
    NativeAddress native(remote);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): as above
    iovec vector{const_cast<std::uint8_t*>(payload.data()), payload.size()};
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> control{};
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
