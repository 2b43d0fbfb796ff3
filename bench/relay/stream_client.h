// One client of the load over TCP or TLS: its frames go out many in one write and
// come in many in one read. It connects waiting, and then never waits again.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"
#include "net/tls_context.h"
#include "net/unique_fd.h"
#include "turn/stream_framer.h"

#include <cstddef>
#include <functional>
#include <string>

namespace vv::bench {

/// How clients come to the server.
enum class Transport : std::uint8_t { kUdp, kTcp, kTls };

/// Of a generator's clients: one version and one cipher, so that every server has the same to do. TLS 1.2, since the
/// coturn we compare with (Debian's 4.6.1) refuses 1.3. The certificate is the benchmark's own and is not checked.
/// Throws std::runtime_error if OpenSSL has no memory.
[[nodiscard]] net::SslContextPtr make_client_context();

class StreamClient {
public:
    /// Bytes that wait for the server to take them; frames beyond are lost.
    static constexpr std::size_t kWaitingMax = std::size_t{256} * 1024;

    /// Connects, and shakes hands if there is a context (which outlives this). Throws std::runtime_error if the server
    /// does not want it, or says nothing for five seconds.
    StreamClient(net::UniqueFd bound, const SocketAddress& server, SSL_CTX* context);

    [[nodiscard]] int fd() const { return socket_.value(); }
    /// Version and cipher, as "TLSv1.2:ECDHE-ECDSA-AES128-GCM-SHA256"; empty over TCP.
    [[nodiscard]] std::string protection() const;

    /// One frame behind the others, padded to four bytes (RFC 8656 §12.5). It leaves with flush(). False if it is lost.
    bool add(ByteView header, ByteView stamp, ByteView body);
    /// Writes what waits, as far as the server takes it: the rest when the socket can be written again.
    void flush();
    [[nodiscard]] bool has_waiting() const { return begin_ < waiting_.size(); }
    /// All whole frames that have come, without their padding. Throws std::runtime_error if the server has ended the
    /// connection or sends what is none.
    void receive(const std::function<void(ByteView)>& take);

private:
    /// What a read or a write has moved; 0: nothing now.
    [[nodiscard]] std::size_t read_some();
    [[nodiscard]] std::size_t write_some(ByteView bytes);

    net::UniqueFd socket_;
    net::SslPtr ssl_;
    turn::StreamFramer framer_;
    ByteBuffer waiting_;
    std::size_t begin_ = 0; // of what waits, in waiting_
};

} // namespace vv::bench
