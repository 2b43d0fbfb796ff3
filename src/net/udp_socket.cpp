#include "net/udp_socket.h"

#include "net/socket.h"
#include "net/udp_control.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

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

// Both only make things cheaper or better known; a kernel without them works as well.
void ask_for_more(const UniqueFd& fd) {
    const int on = 1;
    (void)::setsockopt(fd.value(), SOL_UDP, UDP_GRO, &on, sizeof on);
    (void)::setsockopt(fd.value(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
}

// Buffers a power of two apart would share the same few lines of the processor's cache.
constexpr std::size_t kBufferDistance = UdpReceiveBuffers::kDatagramMax + 4096 + 320;

} // namespace

struct UdpReceiveBuffers::Storage {
    std::size_t used = 0;
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> vectors{};
    std::array<NativeAddress, kBatch> remotes{};
    alignas(cmsghdr) std::array<std::array<std::uint8_t, kReceiveControlSize>, kBatch> controls{};
    // Not set to zero: pages that no datagram has reached are never touched.
    std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[kBatch * kBufferDistance]};

    Storage() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            vectors[i] = {bytes.get() + i * kBufferDistance, kDatagramMax};
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
    ask_for_more(fd_);
    enlarge_receive_buffer(fd_);
}

void UdpSocket::receive(UdpReceiveBuffers& buffers, std::size_t batches,
                        const std::function<void(const ReceivedDatagram&)>& handler) {
    auto& storage = *buffers.storage_;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        if (storage.used == UdpReceiveBuffers::kBatch) {
            if (buffers.before_reuse_) buffers.before_reuse_();
            buffers.reuse();
        }
        const std::size_t first = storage.used;
        const std::size_t room = UdpReceiveBuffers::kBatch - first;
        const int outcome =
            ::recvmmsg(fd_.value(), &storage.messages[first], static_cast<unsigned>(room), MSG_DONTWAIT, nullptr);
        // An error here is an ICMP answer to an earlier send, or an empty queue: neither ends the socket.
        if (outcome <= 0) return;
        const auto count = static_cast<std::size_t>(outcome);
        storage.used += count;
        for (std::size_t i = first; i < first + count; ++i) {
            auto& message = storage.messages[i];
            if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
            hand_on(message.msg_hdr, message.msg_len, storage.remotes[i].address(), handler);
        }
        if (count < room) return;
    }
}

void UdpSocket::hand_on(msghdr& message, std::size_t size, const SocketAddress& remote,
                        const std::function<void(const ReceivedDatagram&)>& handler) {
    const UdpReceiveControl control = read_control(message);
    if (control.dropped) {
        dropped_ += *control.dropped - dropped_seen_;
        dropped_seen_ = *control.dropped;
    }
    const IpAddress& local = control.local ? *control.local : bound_.ip;
    std::span<std::uint8_t> rest(static_cast<std::uint8_t*>(message.msg_iov->iov_base), size);
    const std::size_t segment = control.segment_size == 0 ? rest.size() : control.segment_size;
    do {
        const std::size_t length = std::min(segment, rest.size());
        handler({remote, local, rest.first(length)});
        rest = rest.subspan(length);
    } while (!rest.empty());
}

std::uint32_t UdpSocket::take_dropped() {
    return std::exchange(dropped_, 0);
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
    return ::sendmsg(fd_.value(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

} // namespace vv::net
