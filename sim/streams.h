// The TCP of one host: listens, connects, turns packets into what its programs
// hear of their streams, and what these write into packets.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "sim/app.h"
#include "sim/hash.h"
#include "sim/packet.h"
#include "sim/tcp_end.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace vv::sim {

/// Of one host; past it none is accepted and none begun.
inline constexpr std::size_t kStreamsMax = 4096;

class Streams {
public:
    explicit Streams(Host& host);
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;
    ~Streams();

    [[nodiscard]] bool listen(const SocketAddress& local, App& app);
    void stop_listening(const SocketAddress& local) { listeners_.erase(local); }
    /// From a port of the host's own; the app hears handle_stream_opened or handle_stream_closed. Nothing: the host has
    /// no such address, or too many streams.
    [[nodiscard]] std::optional<StreamId> connect(const IpAddress& local, const SocketAddress& remote, App& app);
    /// False: there is no such stream, or too much waits in it already.
    bool write(StreamId id, ByteView bytes);
    /// Once all that was written has arrived. The app hears nothing more of it.
    void close(StreamId id);
    /// At once, and the other end learns it if a packet gets there.
    void reset(StreamId id);
    [[nodiscard]] std::optional<SocketAddress> local_address(StreamId id) const;
    [[nodiscard]] std::size_t size() const { return streams_.size(); }

    void handle_packet(const Packet& packet);
    void forget(const App& app);
    /// The host has lost the address: every stream of it breaks.
    void handle_address_lost(const IpAddress& ip);
    /// The host's clock goes on after a pause.
    void reschedule();

private:
    class Stream;
    struct Ends {
        SocketAddress local;
        SocketAddress remote;

        friend bool operator==(const Ends&, const Ends&) = default;
    };
    struct EndsHash {
        std::size_t operator()(const Ends& ends) const noexcept {
            return mixed(AddressHash{}(ends.local) + AddressHash{}(ends.remote));
        }
    };

    [[nodiscard]] Stream* find(StreamId id) const;
    Stream& add(const Ends& ends, App* app, TcpEnd::Role role);
    void remove(StreamId id);
    void accept(const Ends& ends);
    void pump(Stream& stream);
    void tell(StreamId id);
    void send(const Ends& ends, const TcpHeader& header, ByteView payload);

    Host& host_;
    std::uint64_t next_id_ = 1;
    std::map<StreamId, std::unique_ptr<Stream>> streams_;
    std::unordered_map<Ends, StreamId, EndsHash> by_ends_;
    std::unordered_map<SocketAddress, App*, AddressHash> listeners_;
};

} // namespace vv::sim
