// Many UDP sockets over one io_uring: the kernel receives from all of them into
// one set of buffers for as long as it is not told otherwise, and takes all that
// is to be sent, from whatever sockets, with one call. The ring's descriptor is
// readable when something has come, so it waits in a loop's epoll beside others.
#pragma once

#include "net/udp_socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <sys/socket.h>

namespace vv::net {

/// Whoever reads a socket.
class UdpReceiver {
public:
    UdpReceiver() = default;
    UdpReceiver(const UdpReceiver&) = delete;
    UdpReceiver& operator=(const UdpReceiver&) = delete;
    /// One of the datagrams that have come; the payload stays until the buffers are reused.
    virtual void handle_datagram(const ReceivedDatagram& in) = 0;
    /// ICMP errors are there, if the socket reports them.
    virtual void handle_errors() {}

protected:
    ~UdpReceiver() = default;
};

class UdpRing {
public:
    /// Of 64 KiB each, though pages are only used that a datagram has reached; those stay the ring's, so that it may
    /// come to keep 17.9 MB until it has had many sockets and has none.
    static constexpr std::size_t kBuffers = 256;
    /// For each socket that a ring has had at once the kernel keeps a request of some 300 bytes until the ring is
    /// closed. One that has had more than these and has none any more is closed, and another opened in its place.
    static constexpr std::size_t kPlacesKept = 256;

    struct Opened {
        std::unique_ptr<UdpRing> ring;
        int error = 0; ///< an errno, if there is no ring
    };
    /// There is none if the kernel is older than 6.1 or does not allow it: an everyday answer, in containers above all.
    /// before_reuse: called before buffers that have been handed on are filled anew.
    [[nodiscard]] static Opened open(std::function<void()> before_reuse);
    UdpRing(const UdpRing&) = delete;
    UdpRing& operator=(const UdpRing&) = delete;
    ~UdpRing();

    /// Becomes readable anew (EPOLLET) whenever there is something for receive(); nobody reads it.
    [[nodiscard]] int fd() const;
    /// Once, on the thread that uses the ring from here on; before it, only watch() may be called.
    void enable();
    /// Lets go of all sockets; nothing is received any more. On that thread too: later, from another one, the kernel
    /// would hold the sockets and their ports for some time after the ring is gone.
    void end();

    using Watch = std::uint64_t;
    /// Both outlive the unwatch() with what this gives back.
    [[nodiscard]] Watch watch(UdpSocket& socket, UdpReceiver& receiver);
    /// From here on the receiver is not called, and the kernel has let go of the socket.
    void unwatch(Watch watch);

    /// Hands on what has come: at most so many datagrams, but for the rest of a buffer the kernel has coalesced. Gives
    /// how many it were.
    std::size_t receive(std::size_t most);
    /// Nothing points into what has been handed on any more. After each receive() and unwatch(), at the end of a round:
    /// what they have left makes the descriptor readable anew.
    void reuse();

    /// Queues one datagram, or several the kernel cuts. message: stays until submit(). index: names it if it fails.
    void send(int socket, const msghdr& message, std::size_t index);
    /// Sends everything queued. failed: for each that the kernel refuses, with its errno; if it takes nothing any more,
    /// for all that is left.
    void submit(const std::function<void(std::size_t index, int error)>& failed);

private:
    struct Storage;
    struct Watched;
    struct Completion;

    explicit UdpRing(std::unique_ptr<Storage> storage, std::function<void()> before_reuse);
    void arm(Watch watch);
    [[nodiscard]] bool arm_ended();
    std::size_t hand_on(const Completion& completion);
    void give_back();

    std::unique_ptr<Storage> storage_;
    std::function<void()> before_reuse_;
};

} // namespace vv::net
