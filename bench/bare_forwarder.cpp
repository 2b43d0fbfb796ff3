// A relay that only forwards: no tables of permissions, no limits, no counters, no
// checks, and whoever asks gets an allocation. It reads and sends many packets
// with each call of plain sockets (recvmmsg, sendmmsg), without io_uring and
// without coalescing, and rests as ours does; so it is no lower bound, and shows
// what tables and limits cost beside that. It answers just what the load asks
// for and is no TURN server.
#include "bare/parts.h"
#include "net/socket.h"
#include "net/unique_fd.h"
#include "stun/message.h"
#include "turn/channel_data.h"

#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unordered_map>

namespace vv::bench {
namespace {

class Forwarder {
public:
    Forwarder(const SocketAddress& listen, const IpAddress& relay)
        : listener_(net::bind_udp(listen, false)),
          relay_(relay) {
        for (const int option : {SO_RCVBUFFORCE, SO_SNDBUFFORCE}) {
            constexpr int kBufferSize = 4 << 20;
            if (::setsockopt(listener_.value(), SOL_SOCKET, option, &kBufferSize, sizeof kBufferSize) != 0)
                throw std::runtime_error("cannot enlarge a buffer");
        }
        rounds_.watch(listener_.value(), EPOLLIN);
    }

    [[noreturn]] void run() {
        rounds_.run([this](int fd, std::uint32_t /*events*/) {
            const auto client = by_relay_.find(fd);
            return client != by_relay_.end() ? from_peers(*client->second) : from_clients();
        });
    }

private:
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
            by_relay_[client->relay.value()] = client.get();
            rounds_.watch(client->relay.value(), EPOLLIN);
        }
        ByteBuffer out;
        grant(*request, *client, out);
        (void)::sendto(listener_.value(), out.data(), out.size(), MSG_DONTWAIT, from.pointer(), sizeof(sockaddr_in));
    }

    net::UniqueFd listener_;
    IpAddress relay_;
    Rounds rounds_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Client>> clients_;
    std::unordered_map<int, Client*> by_relay_;
    Batch batch_;
};

} // namespace
} // namespace vv::bench

int main(int argc, char** argv) {
    return vv::bench::forward<vv::bench::Forwarder>("bare_forwarder", argc, argv);
}
