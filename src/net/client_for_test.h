// A blocking client for tests over real loopback sockets: plain or TLS bytes, HTTP
// responses, WebSocket messages. Every wait ends after ten seconds at the latest.
#pragma once

#include "base/encoding.h"
#include "base/socket_address.h"
#include "net/openssl_ptr.h"
#include "net/socket.h"
#include "net/tls_context.h"
#include "net/unique_fd.h"
#include "net/websocket_frame.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>
#include <vector>

namespace vv::net {

// The end of a ring (UdpRing), a moment ago in this process, interrupts the thread that made it as a signal would.
template <typename Call>
auto uninterrupted(Call call) {
    for (;;) {
        errno = 0;
        const auto outcome = call();
        if (outcome >= 0 || errno != EINTR) return outcome;
    }
}

class TestClient {
public:
    explicit TestClient(const SocketAddress& server, bool tls = false, int receive_buffer = 0,
                        int tls_version = TLS1_3_VERSION) {
        const NativeAddress native(server);
        fd_.reset(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (receive_buffer > 0) {
            ::setsockopt(fd_.value(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const timeval timeout{10, 0};
        ::setsockopt(fd_.value(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        ::setsockopt(fd_.value(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (uninterrupted([&] { return ::connect(fd_.value(), native.pointer(), native.size); }) != 0) std::abort();
        if (tls) begin_tls(tls_version);
    }

    [[nodiscard]] bool is_encrypted() const { return ssl_ != nullptr; }
    /// The certificate the server has shown, as PEM; empty without TLS.
    [[nodiscard]] std::string certificate() const {
        const X509Ptr shown(ssl_ ? SSL_get1_peer_certificate(ssl_.get()) : nullptr);
        const BioPtr out(BIO_new(BIO_s_mem()));
        if (!shown || PEM_write_bio_X509(out.get(), shown.get()) != 1) return {};
        char* text = nullptr;
        const long size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent =
                ssl_ ? static_cast<ssize_t>(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())))
                     : ::send(fd_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return; // the server may have closed; what it said is what the test looks at
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void send(const ByteBuffer& bytes) { send(as_text(bytes)); }
    /// New keys in both directions with the next bytes (RFC 8446 §4.6.3). False without TLS 1.3.
    [[nodiscard]] bool update_keys() { return ssl_ && SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1; }
    /// Begins a second handshake (TLS 1.2); true if the server takes part.
    [[nodiscard]] bool renegotiate() { return SSL_renegotiate(ssl_.get()) == 1 && SSL_do_handshake(ssl_.get()) == 1; }
    /// What the session allows to send before the next handshake (RFC 8446 §4.2.10).
    [[nodiscard]] std::uint32_t early_data_max() const {
        return SSL_SESSION_get_max_early_data(SSL_get0_session(ssl_.get()));
    }
    void half_close() const {
        if (ssl_) (void)SSL_shutdown(ssl_.get());
        ::shutdown(fd_.value(), SHUT_WR);
    }

    /// False at the end of the stream, or if nothing came for ten seconds (then timed_out()).
    bool read_more() {
        std::array<char, 16384> block{};
        const auto size = uninterrupted([&] {
            return ssl_ ? static_cast<ssize_t>(SSL_read(ssl_.get(), block.data(), block.size()))
                        : ::recv(fd_.value(), block.data(), block.size(), 0);
        });
        if (size <= 0) {
            timed_out_ = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            return false;
        }
        received_.append(block.data(), static_cast<std::size_t>(size));
        return true;
    }
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    /// What has been read and not been asked for.
    [[nodiscard]] std::string take_received() { return std::exchange(received_, {}); }
    /// What TLS has agreed on to be spoken inside (RFC 7301); empty if nothing.
    [[nodiscard]] std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    [[nodiscard]] int fd() const { return fd_.value(); }
    /// After what goes before it on the wire; the constructor does it itself if nothing does.
    void begin_tls(int version = TLS1_3_VERSION, std::string_view alpn = {}) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_max_proto_version(context_.get(), version);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), fd_.value());
        if (!alpn.empty()) {
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size()));
        }
        if (uninterrupted([&] { return SSL_connect(ssl_.get()); }) != 1) ssl_.reset();
    }
    /// Everything up to the end of the stream.
    std::string read_all() {
        while (read_more()) {
        }
        EXPECT_FALSE(timed_out_);
        return std::exchange(received_, {});
    }

    struct Response {
        int status = 0;
        std::string head;
        std::string body;
    };
    /// The next response; status 0 if the stream ended before one was whole.
    Response read_response(bool with_body = true) {
        while (received_.find("\r\n\r\n") == std::string::npos) {
            if (!read_more()) return {};
        }
        Response response;
        response.head = received_.substr(0, received_.find("\r\n\r\n") + 4);
        received_.erase(0, response.head.size());
        response.status = std::atoi(response.head.c_str() + 9);
        const auto length = response.head.find("Content-Length: ");
        if (!with_body || length == std::string::npos) return response;
        const auto size = std::strtoul(response.head.c_str() + length + 16, nullptr, 10);
        while (received_.size() < size) {
            if (!read_more()) return {};
        }
        response.body = received_.substr(0, size);
        received_.erase(0, size);
        return response;
    }
    Response get(const std::string& path, const std::string& headers = {}) {
        send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
        return read_response();
    }

    Response open_websocket(const std::string& headers = {}) {
        send("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Protocol: visavis.1\r\n" +
             headers + "\r\n");
        return read_response();
    }
    void send_frame(Opcode opcode, std::string_view payload) {
        ByteBuffer frame;
        write_masked_frame(frame, opcode, as_bytes(payload), {1, 2, 3, 4});
        send(frame);
    }
    void send_text(std::string_view text) { send_frame(Opcode::kText, text); }

    /// The next message or control frame, or nothing at the end of the stream.
    std::optional<std::pair<Opcode, std::string>> read_message() {
        while (true) {
            std::span<std::uint8_t> input(reinterpret_cast<std::uint8_t*>(received_.data()), received_.size());
            auto message = reader_.poll_message(input);
            EXPECT_TRUE(message) << "the server broke the protocol";
            if (!message) return std::nullopt;
            std::optional<std::pair<Opcode, std::string>> found;
            if (*message) found.emplace((*message)->opcode, std::string(as_text((*message)->payload)));
            received_.erase(0, received_.size() - input.size());
            if (found) return found;
            if (!read_more()) return std::nullopt;
        }
    }
    /// Skips other messages; 0 if the stream ends without a close frame, 1005 for one without a code.
    int read_close_code() {
        while (const auto message = read_message()) {
            if (message->first != Opcode::kClose) continue;
            const auto close = parse_close(as_bytes(message->second));
            EXPECT_TRUE(close);
            return close && close->code ? *close->code : 1005;
        }
        return 0;
    }

private:
    UniqueFd fd_;
    SslContextPtr context_;
    SslPtr ssl_;
    std::string received_;
    WebSocketReader reader_{WebSocketRole::kClient, 1U << 20U};
    bool timed_out_ = false;
};

} // namespace vv::net
