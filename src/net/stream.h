// A connected socket, with or without TLS, as non-blocking reads and writes.
// TLS works on the socket itself: no memory BIOs, no copies.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "net/socket_end.h"
#include "net/tls_context.h"
#include "net/unique_fd.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace vv::net {

class Stream {
public:
    /// A plain stream.
    explicit Stream(UniqueFd fd) : socket_(std::make_unique<SocketEnd>(std::move(fd))) {}
    /// A TLS stream, this end accepting. Throws std::bad_alloc if OpenSSL has no memory.
    Stream(UniqueFd fd, SSL_CTX& context);
    /// A TLS stream, this end connecting: to whoever has a certificate for this host. context: tls_client.h. Throws
    /// std::bad_alloc likewise.
    Stream(UniqueFd fd, SSL_CTX& context, const std::string& host);

    [[nodiscard]] int fd() const { return socket_->fd(); }
    [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }

    /// kDone at once without TLS.
    [[nodiscard]] IoResult handshake();
    /// kDone with nothing may come of TLS, which has read a message of its own and perhaps not looked further.
    [[nodiscard]] IoResult read(std::span<std::uint8_t> into);
    /// May take only a part of the bytes. Never kWantRead.
    [[nodiscard]] IoResult write(ByteView bytes);
    /// Tells the peer that nothing more comes (close_notify, then FIN); reading stays possible. Frees TLS state
    /// as what still arrives will not be read as TLS again.
    void finish_writing();
    /// Past the encryption, for the one answer to a peer that does not speak TLS.
    void write_raw(ByteView bytes) const;
    /// Why the peer's certificate was not taken, after a handshake that failed; empty: it was not the certificate.
    [[nodiscard]] std::string distrust() const;
    /// Until when the peer's certificate is good; nothing without one.
    [[nodiscard]] std::optional<WallTime> certificate_end() const;
    /// True if TLS holds input that the socket will not announce again.
    [[nodiscard]] bool has_pending() const;
    /// What stands in the socket, past the encryption: what comes before TLS, or after its end.
    [[nodiscard]] IoResult read_raw(std::span<std::uint8_t> into) { return socket_->read(into); }
    /// As SocketEnd::use_edges() and note_readable().
    void use_edges() { socket_->use_edges(); }
    void note_readable(bool is_last) { socket_->note_readable(is_last); }
    /// With edges: nothing will come of a read before the next note_readable().
    [[nodiscard]] bool is_exhausted() const { return socket_->is_empty() && !has_pending(); }

private:
    [[nodiscard]] IoResult classify(int result) const;

    std::unique_ptr<SocketEnd> socket_; // where it is, TLS knows
    SslPtr ssl_;
};

} // namespace vv::net
