// The bare forwarder for clients over TCP: it reads as many frames at once as have
// come from a client, and writes all that one read of its peer's packets has
// brought with one call. Plain sockets, and rests as ours does; no permissions, no
// limits, no counters, no TURN server. So it shows what TCP costs whoever relays
// it this way.
#include "bare/parts.h"
#include "net/socket.h"
#include "net/unique_fd.h"
#include "stun/message.h"
#include "turn/channel_data.h"
#include "turn/stream_framer.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unordered_map>
#include <vector>

namespace vv::bench {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr std::size_t kPadding = 4; // RFC 8656 §12.5
constexpr std::size_t kWaitingMax = std::size_t{256} * 1024;

struct Stream {
    net::UniqueFd socket;
    turn::StreamFramer framer;
    Client client;
    ByteBuffer waiting; // what the client has not taken yet
    std::size_t begin = 0;
};

class StreamForwarder {
public:
    StreamForwarder(const SocketAddress& listen, const IpAddress& relay)
        : listener_(net::listen_tcp(listen)),
          relay_(relay),
          input_(kReadSize) {
        rounds_.watch(listener_.value(), EPOLLIN);
    }

    [[noreturn]] void run() {
        rounds_.run([this](int fd, std::uint32_t events) { return take(fd, events); });
    }

private:
    std::size_t take(int fd, std::uint32_t events) {
        if (fd == listener_.value()) return accept_one();
        if (const auto found = by_relay_.find(fd); found != by_relay_.end()) return from_peers(*found->second);
        const auto found = streams_.find(fd);
        if (found == streams_.end()) return 0;
        if ((events & EPOLLOUT) != 0) write_waiting(*found->second);
        if ((events & EPOLLIN) == 0 || from_client(*found->second)) return 1;
        by_relay_.erase(found->second->client.relay.value());
        streams_.erase(found);
        return 0;
    }

    std::size_t accept_one() {
        net::UniqueFd socket(::accept4(listener_.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.is_open()) return 0;
        auto stream = std::make_unique<Stream>();
        stream->client.relay = net::bind_udp({relay_, 0}, false);
        stream->socket = std::move(socket);
        const int fd = stream->socket.value();
        const int relay = stream->client.relay.value();
        rounds_.watch(fd, std::uint32_t{EPOLLIN} | EPOLLOUT | EPOLLET);
        rounds_.watch(relay, EPOLLIN);
        by_relay_[relay] = stream.get();
        streams_[fd] = std::move(stream);
        return 0;
    }

    // False: the client is gone.
    bool from_client(Stream& stream) {
        for (;;) {
            const ssize_t size = ::recv(stream.socket.value(), input_.data(), input_.size(), MSG_DONTWAIT);
            if (size < 0) return errno == EAGAIN;
            if (size == 0) return false;
            ByteView input(input_.data(), static_cast<std::size_t>(size));
            for (;;) {
                const auto polled = stream.framer.poll_frame(input);
                if (!polled) return false;
                const std::optional<ByteView> frame = *polled;
                if (!frame) break;
                if (turn::looks_like_channel_data((*frame)[0], turn::kChannelLast)) {
                    (void)::sendto(stream.client.relay.value(), frame->data() + kHeader, frame->size() - kHeader,
                                   MSG_DONTWAIT, stream.client.peer.pointer(), stream.client.peer.size);
                } else if (const auto request = stun::parse_message(*frame)) {
                    ByteBuffer out;
                    grant(*request, stream.client, out);
                    queue(stream, out);
                    write_waiting(stream);
                }
            }
            if (static_cast<std::size_t>(size) < input_.size()) return true;
        }
    }

    std::size_t from_peers(Stream& stream) {
        const std::size_t count = batch_.receive(stream.client.relay.value());
        for (std::size_t i = 0; i < count; ++i) {
            const auto header =
                turn::write_channel_data_header(turn::ChannelNumber(stream.client.channel), batch_.size(i));
            queue(stream, header);
            queue(stream, {batch_.payload(i), batch_.size(i)});
            constexpr std::array<std::uint8_t, kPadding> kZeros{};
            queue(stream, {kZeros.data(), (kPadding - batch_.size(i) % kPadding) % kPadding});
        }
        write_waiting(stream);
        return count;
    }

    static void queue(Stream& stream, ByteView bytes) {
        if (stream.waiting.size() > kWaitingMax) throw std::runtime_error("a client does not take what it is sent");
        stream.waiting.insert(stream.waiting.end(), bytes.begin(), bytes.end());
    }

    static void write_waiting(Stream& stream) {
        while (stream.begin < stream.waiting.size()) {
            const ssize_t size = ::send(stream.socket.value(), stream.waiting.data() + stream.begin,
                                        stream.waiting.size() - stream.begin, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (size <= 0) return; // EPOLLOUT tells when to go on; a client that is gone is found by reading
            stream.begin += static_cast<std::size_t>(size);
        }
        stream.waiting.clear();
        stream.begin = 0;
    }

    net::UniqueFd listener_;
    IpAddress relay_;
    Rounds rounds_;
    ByteBuffer input_;
    std::unordered_map<int, std::unique_ptr<Stream>> streams_;
    std::unordered_map<int, Stream*> by_relay_;
    Batch batch_;
};

} // namespace
} // namespace vv::bench

int main(int argc, char** argv) {
    return vv::bench::forward<vv::bench::StreamForwarder>("bare_stream_forwarder", argc, argv);
}
