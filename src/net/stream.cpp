#include "net/stream.h"

#include "net/openssl_ptr.h"
#include "net/tls_client.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// Frees the key inside; the empty holder stays with the connection.
void wipe(EVP_PKEY* key) {
    (void)EVP_PKEY_set_type(key, EVP_PKEY_X25519);
    EVP_PKEY_free(key);
}

// OpenSSL keeps both ends' ephemeral keys as long as the connection. Without renegotiation nothing asks for them after
// the handshake, and forward secrecy wants them gone; a connection that waits for hours is lighter by half a kilobyte.
void forget_key_exchange(SSL& ssl) {
    EVP_PKEY* key = nullptr;
    if (SSL_get_tmp_key(&ssl, &key) == 1) wipe(key);
    if (SSL_get_peer_tmp_key(&ssl, &key) == 1) wipe(key);
}

} // namespace

Stream::Stream(UniqueFd fd, SSL_CTX& context)
    : socket_(std::make_unique<SocketEnd>(std::move(fd))),
      ssl_(SSL_new(&context)) {
    if (!ssl_) throw std::bad_alloc();
    BIO* bio = make_socket_bio(*socket_);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

Stream::Stream(UniqueFd fd, SSL_CTX& context, const std::string& host) : Stream(std::move(fd), context) {
    if (!expect_host(*ssl_, host)) throw std::bad_alloc();
    SSL_set_connect_state(ssl_.get());
}

std::string Stream::distrust() const {
    const long verdict = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
    return verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict);
}

std::optional<WallTime> Stream::certificate_end() const {
    const X509Ptr certificate(ssl_ ? SSL_get1_peer_certificate(ssl_.get()) : nullptr);
    std::tm end{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return std::nullopt;
    return WallTime(std::chrono::seconds(::timegm(&end)));
}

IoResult Stream::handshake() {
    if (!is_tls()) return {IoStatus::kDone};
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        forget_key_exchange(*ssl_);
        return {IoStatus::kDone};
    }
    const unsigned long error = ERR_peek_error();
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST) {
        return {IoStatus::kPlainHttp};
    }
    return classify(result);
}

IoResult Stream::read(std::span<std::uint8_t> into) {
    if (!is_tls()) return socket_->read(into);
    ERR_clear_error();
    socket_->forget_last_read();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
    if (result == 1) return {IoStatus::kDone, size};
    const IoResult outcome = classify(result);
    // Without the automatic retry (see make_server_context) it wants to read too when it has had a message of its own.
    if (outcome.status == IoStatus::kWantRead && !socket_->was_empty()) return {IoStatus::kDone};
    return outcome;
}

IoResult Stream::write(ByteView bytes) {
    if (!is_tls()) return socket_->write(bytes);
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
    if (result == 1) return {IoStatus::kDone, size};
    // A write that wants to read first is in the middle of a message of the handshake that the peer has sent in
    // part. Nobody honest divides five bytes, and waiting for both directions at once would keep the loop busy.
    const IoResult outcome = classify(result);
    return outcome.status == IoStatus::kWantRead ? IoResult{IoStatus::kFailed} : outcome;
}

void Stream::finish_writing() {
    if (is_tls()) {
        ERR_clear_error();
        if (SSL_is_init_finished(ssl_.get()) == 1) (void)SSL_shutdown(ssl_.get()); // the answer is not waited for
        ssl_.reset();
    }
    ::shutdown(fd(), SHUT_WR);
}

void Stream::write_raw(ByteView bytes) const {
    // A short answer into an empty buffer; if it does not fit, nobody is owed it.
    (void)socket_->write(bytes);
}

bool Stream::has_pending() const {
    return is_tls() && SSL_has_pending(ssl_.get()) == 1;
}

IoResult Stream::classify(int result) const {
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return {IoStatus::kWantRead};
    case SSL_ERROR_WANT_WRITE:
        return {IoStatus::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
        return {IoStatus::kEnd};
    default:
        return {IoStatus::kFailed};
    }
}

} // namespace vv::net
