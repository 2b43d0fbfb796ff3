// One packet on its way through the simulated internet, and the pool that
// lends them: a run of a second moves some hundred thousand, and none of them
// may cost a trip to the heap.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace vv::sim {

enum class Protocol : std::uint8_t { kUdp, kTcp };

/// What the streams of tcp_end.h say besides bytes. Positions count the bytes of one direction from 0.
struct TcpHeader {
    bool syn = false;
    bool ack = false;
    bool fin = false;
    bool rst = false;
    std::uint64_t position = 0;     ///< of the first byte here, or of the end that FIN marks
    std::uint64_t acknowledged = 0; ///< all before this has come
};

inline constexpr std::size_t kIpv4HeaderSize = 20;
inline constexpr std::size_t kIpv6HeaderSize = 40;
inline constexpr std::size_t kUdpHeaderSize = 8;
inline constexpr std::size_t kTcpHeaderSize = 20;

struct Packet {
    SocketAddress from;
    SocketAddress to;
    Protocol protocol = Protocol::kUdp;
    bool dont_fragment = false;
    /// Networks it has passed.
    std::uint8_t hops = 0;
    /// As an IP packet, the largest part into which it has been divided; 0: it is whole.
    std::size_t largest_part = 0;
    TcpHeader tcp;
    ByteBuffer payload;

    [[nodiscard]] std::size_t ip_header_size() const { return to.ip.is_v4() ? kIpv4HeaderSize : kIpv6HeaderSize; }
    /// As an IP packet.
    [[nodiscard]] std::size_t size() const {
        return ip_header_size() + (protocol == Protocol::kUdp ? kUdpHeaderSize : kTcpHeaderSize) + payload.size();
    }
};

/// The memory of packets, used again and again.
class PacketPool {
public:
    /// packets_max: at once; what is asked for beyond is refused.
    explicit PacketPool(std::size_t packets_max) : packets_max_(packets_max) {}

    /// Null when all are on their way. What is in it is left from before, but its payload's room.
    [[nodiscard]] Packet* take();
    [[nodiscard]] Packet* copy(const Packet& other);
    void give_back(Packet& packet);
    [[nodiscard]] std::size_t in_flight() const { return all_.size() - free_.size(); }

private:
    std::size_t packets_max_;
    std::vector<std::unique_ptr<Packet>> all_;
    std::vector<Packet*> free_;
};

} // namespace vv::sim
