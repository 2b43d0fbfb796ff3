// What the bare forwarders are made of: their client, many datagrams of one call of
// the kernel's, the rounds they work in, and the one answer they have to every
// request.
#pragma once

#include "base/bytes.h"
#include "net/clock.h"
#include "net/resources.h"
#include "net/round_pacer.h"
#include "net/socket.h"
#include "net/unique_fd.h"
#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/message.h"
#include "turn/channel_data.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace vv::bench {

inline constexpr std::size_t kBatch = 64;
inline constexpr std::size_t kDatagramMax = 2048;
inline constexpr std::size_t kHeader = turn::kChannelDataHeaderSize;

struct Client {
    net::NativeAddress address; ///< of a client over UDP
    net::UniqueFd relay;
    net::NativeAddress peer;
    std::uint16_t channel = 0;
};

/// Datagrams of one call of the kernel's, in or out.
class Batch {
public:
    Batch() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts_[i] = {bytes_[i].data() + kHeader, kDatagramMax};
            messages_[i].msg_hdr.msg_iov = &parts_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }
    /// How many have come. Room for a header stays in front of each.
    std::size_t receive(int socket) {
        for (std::size_t i = 0; i < kBatch; ++i) {
            messages_[i].msg_hdr.msg_name = addresses_[i].pointer();
            messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
            parts_[i] = {bytes_[i].data() + kHeader, kDatagramMax};
        }
        const int count = ::recvmmsg(socket, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    [[nodiscard]] std::uint8_t* payload(std::size_t i) { return bytes_[i].data() + kHeader; }
    [[nodiscard]] std::size_t size(std::size_t i) const { return messages_[i].msg_len; }
    [[nodiscard]] const net::NativeAddress& address(std::size_t i) const { return addresses_[i]; }
    void set(std::size_t i, std::size_t header, std::uint8_t* begin, std::size_t size, net::NativeAddress& to) {
        parts_[i] = {begin - header, header + size};
        messages_[i].msg_hdr.msg_name = to.pointer();
        messages_[i].msg_hdr.msg_namelen = to.size;
    }
    /// Loss is loss.
    void send(int socket, std::size_t first, std::size_t end) {
        (void)::sendmmsg(socket, &messages_[first], static_cast<unsigned>(end - first), MSG_DONTWAIT);
    }

private:
    std::array<std::array<std::uint8_t, kHeader + kDatagramMax>, kBatch> bytes_{};
    std::array<iovec, kBatch> parts_{};
    std::array<net::NativeAddress, kBatch> addresses_{};
    std::array<mmsghdr, kBatch> messages_{};
};

/// Waits for sockets, and rests between rounds as the relay does.
class Rounds {
public:
    Rounds() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        (void)::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); // else it rests longer than it means to
    }
    void watch(int fd, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event) != 0)
            throw std::runtime_error("cannot watch a socket");
    }
    /// take(fd, events): says how many packets it has handled.
    template <typename Take>
    [[noreturn]] void run(const Take& take) {
        std::array<epoll_event, kBatch * 4> events{};
        for (;;) {
            const int count = ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), -1);
            if (count < 0 && errno != EINTR) throw std::runtime_error("cannot wait for packets");
            const Instant began = net::monotonic_now();
            std::size_t handled = 0;
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events.at(static_cast<std::size_t>(i));
                handled += take(event.data.fd, event.events);
            }
            const Duration rest = pacer_.after_round(began, net::monotonic_now(), handled);
            const timespec length{0, rest.count()};
            if (rest > Duration::zero()) (void)::clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
        }
    }

private:
    net::UniqueFd epoll_;
    net::RoundPacer pacer_;
};

/// What a request tells of its client is kept, and it gets what it asked for, whoever it is. `out` has the answer.
inline void grant(const stun::Message& request, Client& client, ByteBuffer& out) {
    using stun::AttributeType;
    if (const auto channel = request.find(AttributeType::kChannelNumber); channel && channel->size() >= 2)
        client.channel = static_cast<std::uint16_t>((*channel)[0] << 8U | (*channel)[1]);
    if (const auto peer = request.find(AttributeType::kXorPeerAddress)) {
        if (const auto address = stun::parse_xor_address(*peer, request.transaction_id()))
            client.peer = net::NativeAddress(*address);
    }
    stun::MessageBuilder builder(out, request.method(), stun::MessageClass::kSuccess, request.transaction_id());
    builder.add_xor_address(AttributeType::kXorRelayedAddress, net::local_address(client.relay.value()));
}

/// The program: NAME ADDRESS:PORT RELAY-ADDRESS.
template <typename Forwarder>
int forward(const char* name, int argc, char** argv) {
    try {
        const auto listen = SocketAddress::parse(argc == 3 ? argv[1] : "");
        const auto relay = IpAddress::parse(argc == 3 ? argv[2] : "");
        if (!listen || !relay) throw std::runtime_error("takes ADDRESS:PORT RELAY-ADDRESS");
        net::raise_descriptor_limit();
        Forwarder(*listen, *relay).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name, error.what());
        return 1;
    }
}

} // namespace vv::bench
