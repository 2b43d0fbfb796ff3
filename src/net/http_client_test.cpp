#include "net/http_client.h"
#include "net/server_for_test.h"
#include "net/silent_port_for_test.h"
#include "net/temporary_directory_for_test.h"

#include <cstdlib>
#include <fstream>
#include <poll.h>

namespace vv::net {
namespace {

HttpUrl at(const SocketAddress& address, const std::string& target = "/") {
    return *parse_http_url("http://" + address.to_string() + target);
}

HttpClient::Options with_time(Duration time_max) {
    HttpClient::Options options;
    options.time_max = time_max;
    return options;
}

std::string failure(const Fetched& fetched) {
    static constexpr std::array kNames{"no such host", "nobody answers", "no tls",    "not trusted",
                                       "broken",       "unreadable",     "too large", "too slow"};
    return fetched ? "none" : kNames.at(static_cast<std::size_t>(fetched.error().failure));
}

// Takes one connection, reads a request, says a text to it and closes, or holds on until the client goes.
class OneAnswer {
public:
    explicit OneAnswer(std::string text, bool then_closes = true)
        : thread_([this, text = std::move(text), then_closes] { speak(text, then_closes); }) {}
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;
    ~OneAnswer() { thread_.join(); }

    [[nodiscard]] SocketAddress address() const { return local_address(listener_.value()); }

private:
    void speak(std::string_view text, bool then_closes) const {
        pollfd wait{listener_.value(), POLLIN, 0};
        EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
        const UniqueFd client(::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC));
        std::array<char, 1000> request{};
        EXPECT_GT(::recv(client.value(), request.data(), request.size(), 0), 0);
        EXPECT_EQ(::send(client.value(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
        if (!then_closes) (void)::recv(client.value(), request.data(), request.size(), 0);
    }

    const UniqueFd listener_ = listen_tcp(SocketAddress::parse("127.0.0.1:0").value());
    std::thread thread_;
};

TEST(HttpClient, HasAPageAndSaysWhatItWants) {
    TestServer server;
    HttpClient client;
    const auto page = client.fetch(at(server.address), "Accept-Encoding: identity\r\n");
    ASSERT_TRUE(page.has_value()) << failure(page);
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(as_text(page->body), "<p>hello");
    EXPECT_NE(page->header("content-security-policy")->find("ws://" + server.address.to_string()),
              std::string_view::npos);
    EXPECT_EQ(client.fetch(at(server.address, "/nothing"), {})->status, 404);
}

TEST(HttpClient, GoesOnWithAConnectionForAsLongAsTheServerKeepsIt) {
    TestServer server{{.times = times_with(&ConnectionTimes::keep_alive, 200ms)}};
    HttpClient client;
    ASSERT_TRUE(client.fetch(at(server.address), {}).has_value());
    ASSERT_TRUE(client.fetch(at(server.address), {}).has_value());
    EXPECT_EQ(server.counters.accepted.value(), 1U);
    server.wait_until_empty();
    ASSERT_TRUE(client.fetch(at(server.address), {}).has_value());
    EXPECT_EQ(server.counters.accepted.value(), 2U);
}

TEST(HttpClient, TellsWhyThereIsNoAnswer) {
    HttpClient::Options options;
    options.resolve = [](const std::string&, std::uint16_t) { return std::vector<SocketAddress>(); };
    HttpClient client(options);
    EXPECT_EQ(failure(client.fetch(*parse_http_url("http://nowhere.example"), {})), "no such host");
    EXPECT_EQ(failure(client.fetch(at(SilentPort().address()), {})), "nobody answers");
    const OneAnswer ssh("SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(failure(client.fetch(at(ssh.address()), {})), "unreadable");
    const OneAnswer half("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_EQ(failure(client.fetch(at(half.address()), {})), "broken");
}

TEST(HttpClient, WaitsForAnAnswerAndForAResolverOnlySoLong) {
    const OneAnswer slow("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false);
    HttpClient client(with_time(100ms));
    EXPECT_EQ(failure(client.fetch(at(slow.address()), {})), "too slow");
    std::promise<void> end;
    HttpClient::Options options = with_time(100ms);
    options.resolve = [done = end.get_future().share()](const std::string&, std::uint16_t) {
        done.wait();
        return std::vector<SocketAddress>();
    };
    HttpClient other(options);
    EXPECT_EQ(failure(other.fetch(*parse_http_url("http://slow.example"), {})), "too slow");
    end.set_value();
}

// As fast as it can, and never what counts.
class EndlessAnswer {
public:
    EndlessAnswer() : thread_([this] { speak(); }) {}
    EndlessAnswer(const EndlessAnswer&) = delete;
    EndlessAnswer& operator=(const EndlessAnswer&) = delete;
    ~EndlessAnswer() { thread_.join(); }

    [[nodiscard]] SocketAddress address() const { return local_address(listener_.value()); }

private:
    void speak() const {
        pollfd wait{listener_.value(), POLLIN, 0};
        EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
        const UniqueFd client(::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC));
        const std::string chunk = "1;" + std::string(8'000, 'x') + "\r\na\r\n";
        std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        while (::send(client.value(), text.data(), text.size(), MSG_NOSIGNAL) > 0)
            text = chunk;
    }

    const UniqueFd listener_ = listen_tcp(SocketAddress::parse("127.0.0.1:0").value());
    std::thread thread_;
};

TEST(HttpClient, LeavesAServerThatGoesOnForEver) {
    const EndlessAnswer server;
    HttpClient client(with_time(300ms));
    const auto fetched = client.fetch(at(server.address()), {});
    EXPECT_EQ(failure(fetched), "too slow");
}

TEST(HttpClient, TriesEveryAddressOfAName) {
    TestServer server;
    const SilentPort silent;
    HttpClient::Options options;
    options.resolve = [&](const std::string&, std::uint16_t) { return std::vector{silent.address(), server.address}; };
    HttpClient client(options);
    EXPECT_TRUE(client.fetch(*parse_http_url("http://two.example"), {}).has_value());
}

TEST(HttpClient, TakesNoMoreThanItsLimit) {
    TestServer server;
    HttpClient::Options options;
    options.limits.body_max = big_file().size();
    EXPECT_EQ(HttpClient(options).fetch(at(server.address, "/big"), {})->body.size(), big_file().size());
    options.limits.body_max -= 1;
    EXPECT_EQ(failure(HttpClient(options).fetch(at(server.address, "/big"), {})), "too large");
}

// What the system trusts is, for OpenSSL, this variable's file where it is set.
class Trust {
public:
    explicit Trust(const std::string& certificate) {
        const auto file = folder_.path() / "roots.pem";
        std::ofstream(file) << certificate;
        ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    }
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;
    ~Trust() { ::unsetenv("SSL_CERT_FILE"); }

private:
    TemporaryDirectory folder_;
};

HttpClient::Options leading_to(const SocketAddress& address) {
    HttpClient::Options options;
    options.resolve = [address](const std::string&, std::uint16_t) { return std::vector{address}; };
    return options;
}

TEST(HttpClient, TakesACertificateThatTheSystemTrustsAndNoOther) {
    TestServer server{{.tls = true}};
    HttpClient client(leading_to(server.address));
    const HttpUrl url = *parse_http_url("https://localhost");
    const auto refused = client.fetch(url, {});
    EXPECT_EQ(failure(refused), "not trusted");
    EXPECT_NE(refused.error().detail.find("self-signed"), std::string::npos) << refused.error().detail;
    const Trust trust(TestClient(server.address, true).certificate());
    const auto page = client.fetch(url, {});
    ASSERT_TRUE(page.has_value()) << failure(page) << page.error().detail;
    EXPECT_EQ(as_text(page->body), "<p>hello");
    EXPECT_TRUE(client.fetch(url, {}).has_value()) << "on the same connection";
    const auto other = client.fetch(*parse_http_url("https://other.example"), {});
    EXPECT_EQ(failure(other), "not trusted");
    EXPECT_EQ(other.error().detail, "hostname mismatch");
    const auto by_number = client.fetch(*parse_http_url("https://" + server.address.to_string()), {});
    EXPECT_EQ(failure(by_number), "not trusted");
    EXPECT_EQ(by_number.error().detail, "IP address mismatch");
}

TEST(HttpClient, TellsAServerWithoutTls) {
    TestServer server;
    HttpClient client(leading_to(server.address));
    EXPECT_EQ(failure(client.fetch(*parse_http_url("https://localhost"), {})), "no tls");
}

} // namespace
} // namespace vv::net
