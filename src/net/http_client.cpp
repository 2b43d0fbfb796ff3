#include "net/http_client.h"

#include "net/clock.h"
#include "net/openssl_ptr.h"
#include "net/socket.h"
#include "net/tls_client.h"
#include "net/unique_fd.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

using Step = std::optional<FetchError>; // none: it was done

FetchError error_of(FetchFailure failure, std::string detail = {}) {
    return {failure, std::move(detail)};
}

std::string system_text(int error) {
    return std::generic_category().message(error);
}

// Until the descriptor is ready; false: not by then.
bool wait_for(int fd, short events, Instant deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - monotonic_now());
        if (left.count() <= 0) return false;
        pollfd entry{fd, events, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

Result<std::vector<SocketAddress>, FetchError> find_host(const HttpUrl& url, const NameLookup::Resolve& resolve,
                                                         Instant deadline) {
    if (const auto ip = IpAddress::parse(url.host)) return std::vector{SocketAddress{*ip, url.port}};
    const auto wake = std::make_shared<const UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    NameLookup lookup(url.host, url.port, wake, resolve);
    lookup.begin();
    if (!wake->is_open() || !wait_for(wake->value(), POLLIN, deadline)) {
        return Failure(error_of(FetchFailure::kTooSlow, "the resolver"));
    }
    auto found = lookup.take();
    if (!found || found->empty()) return Failure(error_of(FetchFailure::kNoSuchHost));
    return *std::move(found);
}

Result<UniqueFd, FetchError> open_stream(const SocketAddress& address, Instant deadline) {
    const NativeAddress native(address);
    UniqueFd fd(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto failed = [](int error) { return Failure(error_of(FetchFailure::kNobodyAnswers, system_text(error))); };
    if (!fd.is_open()) return failed(errno);
    if (::connect(fd.value(), native.pointer(), native.size) != 0) {
        if (errno != EINPROGRESS) return failed(errno);
        if (!wait_for(fd.value(), POLLOUT, deadline))
            return Failure(error_of(FetchFailure::kTooSlow, "the connection"));
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd.value(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return failed(error);
    }
    const int on = 1;
    ::setsockopt(fd.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // without it, only slower
    return fd;
}

} // namespace

class HttpClient::Connection {
public:
    Connection(UniqueFd fd, std::string origin) : fd_(std::move(fd)), origin_(std::move(origin)) {}

    [[nodiscard]] const std::string& origin() const { return origin_; }

    Step begin_tls(const std::string& host, const std::string& trusted_pem, Instant deadline) {
        context_ = make_client_context(trusted_pem);
        ssl_.reset(context_ ? SSL_new(context_.get()) : nullptr);
        if (!ssl_ || !expect_host(*ssl_, host) || SSL_set_fd(ssl_.get(), fd_.value()) != 1) {
            return error_of(FetchFailure::kNoTls, take_openssl_error());
        }
        for (;;) {
            ERR_clear_error();
            const int status = SSL_connect(ssl_.get());
            if (status == 1) return std::nullopt;
            const int error = SSL_get_error(ssl_.get(), status);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return handshake_error(error);
            if (!wait_for_ssl(error, deadline)) return error_of(FetchFailure::kTooSlow, "TLS");
        }
    }

    /// Fills the parser with one whole answer.
    Step ask(std::string_view request, HttpAnswerParser& parser, Instant deadline) {
        if (auto failed = send(request, deadline)) return failed;
        std::array<std::uint8_t, 16384> block{};
        while (!parser.is_complete()) {
            // Also while bytes keep coming: what counts for nothing may go on for ever.
            if (monotonic_now() >= deadline) return error_of(FetchFailure::kTooSlow);
            const auto size = receive(block, deadline);
            if (!size) return size.error();
            if (*size == 0) {
                if (parser.handle_end()) break;
                return error_of(FetchFailure::kBroken, "the connection was closed");
            }
            const auto taken = parser.handle_input(ByteView(block).first(*size));
            if (taken) continue;
            const bool is_large = taken.error() == HttpAnswerFault::kTooLarge;
            return error_of(is_large ? FetchFailure::kTooLarge : FetchFailure::kUnreadable);
        }
        return std::nullopt;
    }

private:
    Step send(std::string_view text, Instant deadline) {
        while (!text.empty()) {
            ERR_clear_error();
            const auto sent = ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()))
                                   : ::send(fd_.value(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                text.remove_prefix(static_cast<std::size_t>(sent));
            } else if (!ssl_ && sent == 0) {
                return error_of(FetchFailure::kBroken, "nothing more is taken");
            } else if (auto failed = wait_after(static_cast<int>(sent), POLLOUT, deadline)) {
                return failed;
            }
        }
        return std::nullopt;
    }

    /// How many bytes came; 0: the server has closed, and with TLS said so.
    Result<std::size_t, FetchError> receive(std::span<std::uint8_t> into, Instant deadline) {
        for (;;) {
            ERR_clear_error();
            const auto size = ssl_ ? SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()))
                                   : ::recv(fd_.value(), into.data(), into.size(), 0);
            if (size > 0) return static_cast<std::size_t>(size);
            if (ssl_ ? SSL_get_error(ssl_.get(), static_cast<int>(size)) == SSL_ERROR_ZERO_RETURN : size == 0) return 0;
            if (auto failed = wait_after(static_cast<int>(size), POLLIN, deadline)) return Failure(*std::move(failed));
        }
    }

    bool wait_for_ssl(int error, Instant deadline) const {
        return wait_for(fd_.value(), error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, deadline);
    }

    // After a step that was not done: nothing once it may be tried again.
    Step wait_after(int status, short events, Instant deadline) {
        if (ssl_) {
            const int error = SSL_get_error(ssl_.get(), status);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
                return error_of(FetchFailure::kBroken, take_openssl_error());
            }
            return wait_for_ssl(error, deadline) ? std::nullopt : Step(error_of(FetchFailure::kTooSlow));
        }
        if (errno == EINTR) return std::nullopt;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return error_of(FetchFailure::kBroken, system_text(errno));
        return wait_for(fd_.value(), events, deadline) ? std::nullopt : Step(error_of(FetchFailure::kTooSlow));
    }

    [[nodiscard]] FetchError handshake_error(int error) const {
        const long verdict = SSL_get_verify_result(ssl_.get());
        if (verdict != X509_V_OK) {
            return error_of(FetchFailure::kNotTrusted, X509_verify_cert_error_string(verdict));
        }
        if (error == SSL_ERROR_SYSCALL) return error_of(FetchFailure::kNoTls, "the connection was closed");
        return error_of(FetchFailure::kNoTls, take_openssl_error());
    }

    UniqueFd fd_;
    std::string origin_;
    SslContextPtr context_;
    SslPtr ssl_; // none: plain HTTP
};

HttpClient::HttpClient() : HttpClient(Options{}) {}
HttpClient::HttpClient(Options options)
    : options_(std::move(options)),
      end_(monotonic_now() + options_.whole_time_max) {
    // OpenSSL writes without MSG_NOSIGNAL, and the other end may be gone.
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(concurrency-mt-unsafe): before any thread is started
}
HttpClient::~HttpClient() = default;

Fetched HttpClient::fetch(const HttpUrl& url, std::string_view header_lines) {
    const Instant deadline = std::min(end_, monotonic_now() + options_.time_max);
    const std::string request =
        "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n" + std::string(header_lines) + "\r\n";
    const bool is_kept = kept_ && kept_->origin() == url.origin();
    for (bool again = is_kept;; again = false) {
        std::unique_ptr<Connection> connection;
        if (again)
            connection = std::move(kept_);
        else if (auto made = connect(url, deadline))
            connection = *std::move(made);
        else
            return Failure(made.error());
        kept_.reset();
        HttpAnswerParser parser(options_.limits);
        auto failed = connection->ask(request, parser, deadline);
        if (!failed) {
            if (parser.can_go_on()) kept_ = std::move(connection);
            return parser.take();
        }
        // A server closes what it has kept long enough (RFC 9112 §9.3.1).
        if (!again || parser.has_begun() || failed->failure != FetchFailure::kBroken)
            return Failure(*std::move(failed));
    }
}

Result<std::unique_ptr<HttpClient::Connection>, FetchError> HttpClient::connect(const HttpUrl& url, Instant deadline) {
    const auto places = find_host(url, options_.resolve, deadline);
    if (!places) return Failure(places.error());
    FetchError last = error_of(FetchFailure::kNobodyAnswers);
    std::size_t left = places->size();
    for (const SocketAddress& place : *places) {
        // A share of the time for each: of two families often one leads nowhere.
        const Instant now = monotonic_now();
        auto fd = open_stream(place, now + (deadline - now) / left--);
        if (!fd) {
            last = std::move(fd.error());
            continue;
        }
        auto connection = std::make_unique<Connection>(*std::move(fd), url.origin());
        if (url.is_tls) {
            if (auto failed = connection->begin_tls(url.host, options_.trusted_pem, deadline))
                return Failure(*std::move(failed));
        }
        return connection;
    }
    return Failure(std::move(last));
}

} // namespace vv::net
