#include "relay/stream_client.h"

#include "net/socket.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <utility>
#include <vector>

namespace vv::bench {
namespace {

constexpr std::size_t kReadMax = std::size_t{64} * 1024;
constexpr std::size_t kWriteMax = 16'384; // what one TLS record carries
constexpr timeval kPatience{5, 0};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

[[noreturn]] void fail_tls(const std::string& what) {
    throw std::runtime_error(what + ": " + net::take_openssl_error());
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

// One for all clients: what was read has been handed out before the next client reads.
std::vector<std::uint8_t>& scratch() {
    static std::vector<std::uint8_t> bytes(kReadMax);
    return bytes;
}

} // namespace

net::SslContextPtr make_client_context() {
    net::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context) fail_tls("TLS cannot be set up");
    if (SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), "ECDHE-ECDSA-AES128-GCM-SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context.get(), "X25519:P-256") != 1) {
        fail_tls("TLS cannot be set up");
    }
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_default_read_buffer_len(context.get(), kReadMax);
    return context;
}

StreamClient::StreamClient(net::UniqueFd bound, const SocketAddress& server, SSL_CTX* context)
    : socket_(std::move(bound)) {
    const int on = 1;
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        if (::setsockopt(fd(), SOL_SOCKET, option, &kPatience, sizeof kPatience) != 0) fail("cannot limit the wait");
    }
    if (::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("cannot send without delay");
    const net::NativeAddress native(server);
    if (::connect(fd(), native.pointer(), native.size) != 0) fail("cannot connect a TCP socket");
    if (context != nullptr) {
        ssl_.reset(SSL_new(context));
        if (!ssl_ || SSL_set_fd(ssl_.get(), fd()) != 1) fail_tls("TLS has no memory");
        ERR_clear_error();
        if (SSL_connect(ssl_.get()) != 1) fail_tls("the server shakes no hands");
    }
    if (::fcntl(fd(), F_SETFL, ::fcntl(fd(), F_GETFL) | O_NONBLOCK) != 0) fail("cannot stop waiting");
}

std::string StreamClient::protection() const {
    if (!ssl_) return {};
    return std::string(SSL_get_version(ssl_.get())) + ":" + SSL_get_cipher_name(ssl_.get());
}

bool StreamClient::add(ByteView header, ByteView stamp, ByteView body) {
    constexpr std::size_t kAlignment = 4;
    const std::size_t size = header.size() + stamp.size() + body.size();
    const std::size_t padding = (kAlignment - size % kAlignment) % kAlignment;
    if (waiting_.size() - begin_ + size + padding > kWaitingMax) return false;
    if (begin_ > waiting_.size() / 2) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }
    for (const ByteView part : {header, stamp, body})
        waiting_.insert(waiting_.end(), part.begin(), part.end());
    waiting_.insert(waiting_.end(), padding, 0);
    return true;
}

void StreamClient::flush() {
    while (has_waiting()) {
        const std::size_t size = std::min(waiting_.size() - begin_, ssl_ ? kWriteMax : kWaitingMax);
        const std::size_t written = write_some(ByteView(waiting_).subspan(begin_, size));
        if (written == 0) return;
        begin_ += written;
    }
    waiting_.clear();
    begin_ = 0;
}

void StreamClient::receive(const std::function<void(ByteView)>& take) {
    while (const std::size_t size = read_some()) {
        ByteView input = ByteView(scratch()).first(size);
        while (true) {
            const auto polled = framer_.poll_frame(input);
            if (!polled) throw std::runtime_error("the server sends what is no frame");
            const std::optional<ByteView> frame = *polled;
            if (!frame) break;
            take(*frame);
        }
        if (!ssl_ && size < kReadMax) return; // there is no more
    }
}

std::size_t StreamClient::read_some() {
    if (ssl_) {
        ERR_clear_error();
        std::size_t size = 0;
        const int result = SSL_read_ex(ssl_.get(), scratch().data(), kReadMax, &size);
        if (result == 1) return size;
        if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return 0;
        fail_tls("the server has ended a connection");
    }
    const ssize_t size = ::recv(fd(), scratch().data(), kReadMax, 0);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size < 0 && would_block()) return 0;
    fail("the server has ended a connection");
}

std::size_t StreamClient::write_some(ByteView bytes) {
    if (ssl_) {
        ERR_clear_error();
        std::size_t size = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
        if (result == 1) return size;
        if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) return 0;
        fail_tls("cannot write to the server");
    }
    const ssize_t size = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size < 0 && would_block()) return 0;
    fail("cannot write to the server");
}

} // namespace vv::bench
