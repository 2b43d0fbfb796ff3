// A connected socket, with or without TLS, as non-blocking reads and writes.
// TLS works on the descriptor itself (SSL_set_fd): no memory BIOs, no copies.
#pragma once

#include "base/bytes.h"
#include "net/tls_context.h"
#include "net/unique_fd.h"

#include <cstdint>
#include <span>
#include <string>

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

class Stream {
public:
    /// A plain stream.
    explicit Stream(UniqueFd fd) : fd_(std::move(fd)) {}
    /// A TLS stream, this end accepting. Throws std::bad_alloc if OpenSSL has no memory.
    Stream(UniqueFd fd, SSL_CTX& context);

    [[nodiscard]] int fd() const { return fd_.value(); }
    [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }

    /// kDone at once without TLS.
    [[nodiscard]] IoResult handshake();
    [[nodiscard]] IoResult read(std::span<std::uint8_t> into);
    /// May take only a part of the bytes. Never kWantRead.
    [[nodiscard]] IoResult write(ByteView bytes);
    /// Tells the peer that nothing more comes (close_notify, then FIN); reading stays possible. Frees TLS state
    /// as what still arrives will not be read as TLS again.
    void finish_writing();
    /// Past the encryption, for the one answer to a peer that does not speak TLS.
    void write_raw(ByteView bytes) const;
    /// True if TLS holds input that the socket will not announce again.
    [[nodiscard]] bool has_pending() const;
    /// What stands in the socket, past the encryption: what comes before TLS, or after its end.
    [[nodiscard]] IoResult read_raw(std::span<std::uint8_t> into) const;

private:
    [[nodiscard]] IoResult classify(int result) const;

    UniqueFd fd_;
    SslPtr ssl_;
};

} // namespace vv::net
