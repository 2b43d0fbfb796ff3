// Datagrams of one round on their way out. Nothing of a payload is copied: it
// stays where it was received until flush(). Those that follow one another from
// one socket leave with one call of the kernel's; where that would be many calls,
// all leave through a ring with few, if there is one. Datagrams that follow one
// another to the same place in equal sizes leave as one that the kernel cuts
// (UDP_SEGMENT).
// From one socket to one place they leave in the order in which they came.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/socket_address.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sys/socket.h>
#include <sys/uio.h>

namespace vv::net {

class UdpRing;
class UdpSocket;

/// Whether the kernel cuts datagrams. What it cannot cut is sent one by one, and after some times in a row that it
/// could cut nothing it is not asked for a while: an interface without checksum offload never can, and of others one
/// peer may have made it seem so.
class SegmentationTrust {
public:
    static constexpr int kRefusalsMax = 8;
    static constexpr Duration kRetryAfter = std::chrono::minutes(1);

    [[nodiscard]] bool holds() const { return refusals_ < kRefusalsMax; }
    [[nodiscard]] int refusals() const { return refusals_; }
    /// Once for all that left together: how many the kernel was to cut, and how many of them it could not.
    void note(Instant now, std::size_t cut, std::size_t refused) {
        if (cut == 0 || !holds()) return;
        refusals_ = refused == cut ? refusals_ + 1 : 0;
        if (!holds()) given_up_ = now;
    }
    /// Where it was given up for long enough it holds again, until the first refusal.
    void look_again(Instant now) {
        if (!holds() && now - given_up_ >= kRetryAfter) refusals_ = kRefusalsMax - 1;
    }

private:
    int refusals_ = 0;
    Instant given_up_{};
};

class UdpSendQueue {
public:
    /// Calls of the kernel's, not datagrams: cut ones count once.
    static constexpr std::size_t kMessagesMax = 256;
    /// Datagrams in one that the kernel cuts: UDP_MAX_SEGMENTS of the older kernels.
    static constexpr std::size_t kSegmentsMax = 64;
    /// Larger ones might have to be fragmented, which excludes being cut. Bytes of UDP payload.
    static constexpr std::size_t kSegmentSizeMax = 1452;
    /// These fit every path of IPv6's (RFC 8200 §5: 1 280 bytes with both headers), so it is not for their size that
    /// the kernel does not cut them.
    static constexpr std::size_t kSegmentFitsAlways = 1232;
    /// What add() copies at most: a header, a whole answer, a payload that passes.
    static constexpr std::size_t kHeaderMax = 1500;

    /// Runs of datagrams from one socket each. So few leave sooner with a call of the kernel's for each than by a ring.
    static constexpr std::size_t kFewRuns = 2;

    /// ring: sends, if there is one, all that is more than few_runs; outlives the queue.
    explicit UdpSendQueue(UdpRing* ring = nullptr, std::size_t few_runs = kFewRuns);
    UdpSendQueue(const UdpSendQueue&) = delete;
    UdpSendQueue& operator=(const UdpSendQueue&) = delete;
    ~UdpSendQueue();

    struct Datagram {
        const UdpSocket& socket; ///< stays open until flush()
        const IpAddress& local;  ///< where it leaves from; unspecified: the kernel chooses
        const SocketAddress& remote;
        ByteView header;       ///< copied; at most kHeaderMax
        ByteView payload;      ///< not copied: stays until flush()
        std::size_t zeros = 0; ///< bytes of zero behind it, at most 3
        /// The payload does not stay: it is copied, or what is queued leaves at once.
        bool payload_passes = false;
    };
    /// Flushes by itself when it is full.
    void add(const Datagram& datagram);
    void flush();

    /// Datagrams the kernel would not send since the last call of this: lost on the way and nothing more. Where its
    /// buffers are full, those that find no room are lost, and what comes after them is still tried.
    [[nodiscard]] std::size_t take_lost();
    [[nodiscard]] bool is_empty() const;
    [[nodiscard]] const SegmentationTrust& segmentation() const { return segmentation_; }

private:
    struct Storage;
    struct Message;

    [[nodiscard]] bool append_to_last(const Datagram& datagram, std::size_t size);
    void add_message(const Datagram& datagram, std::size_t size);
    void add_parts(Message& message, const Datagram& datagram, std::size_t size);
    void prepare(std::size_t index);
    [[nodiscard]] bool is_few_runs() const;
    void send_by_ring();
    void send_by_runs();
    void submit();
    void send_run(std::size_t first, std::size_t end);
    void handle_refused(const Message& message, int error);
    void send_one_by_one(const Message& message);

    UdpRing* ring_;
    std::size_t few_runs_;
    std::unique_ptr<Storage> storage_;
    SegmentationTrust segmentation_;
    std::size_t cut_ = 0;         // of the present flush()
    std::size_t cut_refused_ = 0; // and how many of them could not be cut, whatever their size
    std::size_t lost_ = 0;
};

} // namespace vv::net
