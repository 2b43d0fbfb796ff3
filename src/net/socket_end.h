// This end of a connected socket, as non-blocking reads and writes. Where the loop
// tells of changes only (EPOLLET) it remembers that the socket is empty, so that
// nobody asks the kernel again before something has come.
#pragma once

#include "base/bytes.h"
#include "net/unique_fd.h"

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace vv::net {

enum class IoStatus : std::uint8_t {
    kDone,      // size bytes were moved, or the handshake is over
    kWantRead,  // nothing until the socket can be read
    kWantWrite, // nothing until the socket can be written
    kEnd,       // the peer has closed its side
    kFailed,    // the connection is of no more use
    kPlainHttp, // during a handshake: the peer speaks HTTP without TLS
};

struct IoResult {
    IoStatus status = IoStatus::kFailed;
    std::size_t size = 0;
};

class SocketEnd {
public:
    explicit SocketEnd(UniqueFd fd) : fd_(std::move(fd)) {}
    SocketEnd(const SocketEnd&) = delete;
    SocketEnd& operator=(const SocketEnd&) = delete;
    ~SocketEnd() = default;

    [[nodiscard]] int fd() const { return fd_.value(); }

    /// kDone, kWantRead, kEnd or kFailed.
    [[nodiscard]] IoResult read(std::span<std::uint8_t> into);
    /// kDone, perhaps for a part of the bytes; kWantWrite or kFailed.
    [[nodiscard]] IoResult write(ByteView bytes) const;

    /// From here on the loop tells of changes only. A read that was not filled leaves nothing (epoll(7)).
    void use_edges() { uses_edges_ = true; }
    /// The loop says that something has come. is_last: the peer has closed its side, and nobody will say so again.
    void note_readable(bool is_last) {
        is_empty_ = false;
        if (is_last) uses_edges_ = false;
    }
    /// Nothing will come of a read before the next note_readable().
    [[nodiscard]] bool is_empty() const { return is_empty_; }
    /// Of the last read: it has found nothing.
    [[nodiscard]] bool was_empty() const { return was_empty_; }
    /// Before a read that may do without one of these.
    void forget_last_read() { was_empty_ = false; }

private:
    UniqueFd fd_;
    bool uses_edges_ = false; // and something may still be told
    bool is_empty_ = false;   // known so; only with edges
    bool was_empty_ = false;
};

/// For TLS over a socket, which outlives it; it belongs to whoever is given it. Throws std::bad_alloc.
[[nodiscard]] BIO* make_socket_bio(SocketEnd& socket);

} // namespace vv::net
