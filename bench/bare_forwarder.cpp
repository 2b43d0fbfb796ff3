// A relay that only forwards: no tables of permissions, no limits, no counters, no
// checks, and whoever asks gets an allocation. It reads and sends many packets
// with each call of plain sockets (recvmmsg, sendmmsg), without io_uring and
// without coalescing, and rests as ours does; so it is no lower bound, and shows
// what tables and limits cost beside that. It answers just what the load asks
// for and is no TURN server.
#include "bare/parts.h"
#include "net/clock.h"
#include "net/resources.h"
#include "net/round_pacer.h"
#include "net/socket.h"
#include "net/unique_fd.h"
#include "stun/message.h"
#include "turn/channel_data.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unordered_map>
#include <vector>

namespace vv::bench {
namespace {

class Forwarder {
public:
    Forwarder(const SocketAddress& listen, const IpAddress& relay)
        : listener_(net::bind_udp(listen, false)),
          relay_(relay),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (const int option : {SO_RCVBUFFORCE, SO_SNDBUFFORCE}) {
            constexpr int kBufferSize = 4 << 20;
            if (::setsockopt(listener_.value(), SOL_SOCKET, option, &kBufferSize, sizeof kBufferSize) != 0)
                throw std::runtime_error("cannot enlarge a buffer");
        }
        watch(listener_.value(), nullptr);
        (void)::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); // else it rests longer than it means to
    }

    void run() {
        std::vector<epoll_event> events(kBatch * 4);
        for (;;) {
            const int count = ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), -1);
            if (count < 0 && errno != EINTR) throw std::runtime_error("cannot wait for packets");
            const Instant began = net::monotonic_now();
            std::size_t handled = 0;
            for (int i = 0; i < count; ++i) {
                auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
                handled += client != nullptr ? from_peers(*client) : from_clients();
            }
            const Duration rest = pacer_.after_round(began, net::monotonic_now(), handled);
            const timespec length{0, rest.count()};
            if (rest > Duration::zero()) (void)::clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
        }
    }

private:
    void watch(int socket, Client* client) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = client;
        if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) != 0)
            throw std::runtime_error("cannot watch a socket");
    }

    static std::uint64_t key_of(const net::NativeAddress& address) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(address.storage);
        return (std::uint64_t{in.sin_addr.s_addr} << 16U) | in.sin_port;
    }

    std::size_t from_clients() {
        std::size_t handled = 0;
        for (;;) {
            const std::size_t count = batch_.receive(listener_.value());
            std::size_t first = 0;
            int from = -1;
            for (std::size_t i = 0; i < count; ++i) {
                Client* client = forward_to(i);
                const int socket = client != nullptr ? client->relay.value() : -1;
                if (socket == from) continue;
                if (from >= 0) batch_.send(from, first, i);
                first = i;
                from = socket;
            }
            if (from >= 0) batch_.send(from, first, count);
            handled += count;
            if (count < kBatch) return handled;
        }
    }

    // Null: nothing to forward.
    Client* forward_to(std::size_t i) {
        std::uint8_t* bytes = batch_.payload(i);
        const std::size_t size = batch_.size(i);
        if (size < kHeader) return nullptr;
        if (!turn::looks_like_channel_data(bytes[0], turn::kChannelLast)) {
            answer(batch_.address(i), {bytes, size});
            return nullptr;
        }
        const auto found = clients_.find(key_of(batch_.address(i)));
        const std::size_t told = std::size_t{bytes[2]} << 8U | bytes[3];
        if (found == clients_.end() || told > size - kHeader) return nullptr;
        batch_.set(i, 0, bytes + kHeader, told, found->second->peer);
        return found->second.get();
    }

    std::size_t from_peers(Client& client) {
        const std::size_t count = batch_.receive(client.relay.value());
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = batch_.size(i);
            const auto header = turn::write_channel_data_header(turn::ChannelNumber(client.channel), size);
            std::copy(header.begin(), header.end(), batch_.payload(i) - kHeader);
            batch_.set(i, kHeader, batch_.payload(i), size, client.address);
        }
        if (count > 0) batch_.send(listener_.value(), 0, count);
        return count;
    }

    void answer(const net::NativeAddress& from, ByteView bytes) {
        const auto request = stun::parse_message(bytes);
        if (!request) return;
        auto& client = clients_[key_of(from)];
        if (!client) {
            client = std::make_unique<Client>();
            client->address = from;
            client->relay = net::bind_udp({relay_, 0}, false);
            watch(client->relay.value(), client.get());
        }
        ByteBuffer out;
        grant(*request, *client, out);
        (void)::sendto(listener_.value(), out.data(), out.size(), MSG_DONTWAIT, from.pointer(), sizeof(sockaddr_in));
    }

    net::UniqueFd listener_;
    IpAddress relay_;
    net::UniqueFd epoll_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Client>> clients_;
    Batch batch_;
    net::RoundPacer pacer_;
};

} // namespace
} // namespace vv::bench

int main(int argc, char** argv) {
    try {
        const auto listen = vv::SocketAddress::parse(argc == 3 ? argv[1] : "");
        const auto relay = vv::IpAddress::parse(argc == 3 ? argv[2] : "");
        if (!listen || !relay) throw std::runtime_error("usage: bare_forwarder ADDRESS:PORT RELAY-ADDRESS");
        vv::net::raise_descriptor_limit();
        vv::bench::Forwarder(*listen, *relay).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bare_forwarder: %s\n", error.what());
        return 1;
    }
}
