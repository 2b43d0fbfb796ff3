// One shard on a thread of its own that serves a page and TURN on one port, and
// TURN alone on another; and a TURN client on a blocking stream.
#pragma once

#include "net/relay_for_test.h"
#include "net/relay_shard.h"
#include "net/server_for_test.h"
#include "turn/channel_data.h"
#include "turn/stream_framer.h"
#include "turn/test_client.h"

#include <gtest/gtest.h>

#include <netinet/udp.h>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace vv::net {

inline const IpAddress kRelayIp = own_loopback(0x80);
inline const IpAddress kPeerIp = own_loopback(0xC0);

inline turn::ServerConfig turn_config() {
    turn::ServerConfig config;
    config.secrets = turn_secrets();
    config.ipv4 = turn::RelayAddress{kRelayIp, kRelayIp};
    config.shard_ports = {42000, 42999};
    config.server_ports = config.shard_ports;
    config.allow_peers = {*IpPrefix::parse("127.0.0.0/8")};
    config.call.bytes_per_second = 1'000'000'000;
    config.call.burst_bytes = 1'000'000'000;
    config.call.packets_per_second = 10'000'000;
    return config;
}

class TurnServer {
public:
    struct Options {
        bool tls = false;
        ConnectionTimes times = {};
        TurnStreamLimits streams = {};
        std::size_t connections_max = 100;
        std::size_t per_address = 100;
        ProxyRule proxies = {};
        turn::ServerConfig turn = turn_config();
    };

    explicit TurnServer(Options options)
        : limits_(options.connections_max, options.per_address),
          log_({.level = LogLevel::kDebug},
               std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_))),
          shard_(0, counters, log_, options.times) {
        std::signal(SIGPIPE, SIG_IGN);
        relay_.emplace(shard_.loop(), shard_.rng(), RelayShard::Shared{live_, metrics, nullptr, nullptr, &auth_log_},
                       RelayShardOptions{{{kRelayIp, 0}}, std::move(options.turn), options.streams});
        udp = relay_->addresses().front();
        site_.handler = &pages_;
        site_.turn = &*relay_;
        site_.proxies = std::move(options.proxies);
        turn_site_.turn = &*relay_;
        if (options.tls) {
            static const std::vector<std::string> kNames{"localhost"};
            static const CertificatePem kPem = make_self_signed(kNames, {}, wall_now());
            tls_ = make_server_context({kPem.certificate, kPem.key});
            site_.tls = tls_.get();
        }
        page = listen(site_);
        turn_only = listen(turn_site_);
        thread_ = std::thread([this] { shard_.loop().run(); });
    }
    TurnServer(const TurnServer&) = delete;
    TurnServer& operator=(const TurnServer&) = delete;
    ~TurnServer() {
        shard_.loop().stop();
        thread_.join();
        shard_.drop_all();
        relay_.reset();
        EXPECT_EQ(counters.open.value(), 0);
        EXPECT_EQ(open_streams(), 0);
        EXPECT_EQ(limits_.open(), 0U);
        EXPECT_EQ(log_text_.str().find("127.0.0.1"), std::string::npos) << log_text_.str();
    }

    [[nodiscard]] std::int64_t open_streams() {
        return metrics.gauge("visavis_turn_streams", "", "transport=\"tcp\"").value() +
               metrics.gauge("visavis_turn_streams", "", "transport=\"tls\"").value();
    }
    [[nodiscard]] std::uint64_t cut(const std::string& reason) const {
        return metrics.count_of("visavis_turn_streams_cut_total", "reason=\"" + reason + "\"");
    }
    [[nodiscard]] std::uint64_t dropped() const { return metrics.count_of("visavis_turn_stream_dropped_total"); }
    [[nodiscard]] bool is_live(const SocketAddress& relayed) const {
        return live_.is_live({AddressFamily::kIpv4, RelayPort(relayed.port)});
    }
    [[nodiscard]] std::size_t seats() const { return limits_.open(); }
    void begin_stop() {
        std::promise<void> done;
        ASSERT_TRUE(shard_.loop().post([&] {
            relay_->begin_stop();
            done.set_value();
        }));
        done.get_future().wait();
    }
    // To the end of a task on the shard's thread, and so of everything it had to do before.
    void settle() {
        for (int i = 0; i < 2; ++i) { // a round's end may ask for one more
            std::promise<void> done;
            ASSERT_TRUE(shard_.loop().post([&] { done.set_value(); }));
            done.get_future().wait();
        }
    }
    // What the shard's thread does when the socket tells it cannot be waited for here, only asked about again.
    template <typename Condition>
    void wait_until(Condition condition) {
        const Instant give_up = monotonic_now() + 10s;
        while (!condition() && monotonic_now() < give_up)
            settle();
        EXPECT_TRUE(condition());
    }

    Metrics metrics;
    ConnectionCounters counters{metrics};
    SocketAddress page;      // HTTP or HTTPS, and TURN
    SocketAddress turn_only; // plain
    SocketAddress udp;

private:
    SocketAddress listen(const Site& site) {
        UniqueFd fd = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
        const SocketAddress address = local_address(fd.value());
        shard_.listen(std::move(fd), site, limits_);
        return address;
    }

    ConnectionLimits limits_;
    std::ostringstream log_text_;
    Log log_;
    AuthLogTotal auth_log_{log_};
    Files files_;
    PageHandler pages_{files_, {}};
    SslContextPtr tls_;
    LiveRelayPorts live_;
    Site site_;
    Site turn_site_;
    Shard shard_;
    std::optional<RelayShard> relay_;
    std::thread thread_;
};

// With the padding that streams have.
inline ByteBuffer stream_channel_data(std::uint16_t channel, std::string_view data) {
    ByteBuffer frame = turn::test::TestClient::channel_data(channel, as_bytes(data));
    frame.resize(stun::padded_size(frame.size()), 0);
    return frame;
}

class TurnClient {
public:
    /// before: said before TLS.
    TurnClient(const SocketAddress& server, bool tls, std::uint64_t seed, int receive_buffer = 0,
               const ByteBuffer& before = {})
        : stream(server, false, receive_buffer),
          turn(turn_client(seed)) {
        if (!before.empty()) stream.send(before);
        if (tls) stream.begin_tls();
    }

    /// Nothing at the end of the stream.
    std::optional<ByteBuffer> next_frame() {
        while (true) {
            ByteView input(unread_);
            const auto frame = framer_.poll_frame(input);
            EXPECT_TRUE(frame) << "the server broke the framing";
            if (!frame) return std::nullopt;
            std::optional<ByteBuffer> found;
            if (*frame) found.emplace((*frame)->begin(), (*frame)->end());
            unread_.erase(unread_.begin(), unread_.end() - static_cast<std::ptrdiff_t>(input.size()));
            if (found) return found;
            if (!stream.read_more()) return std::nullopt;
            const std::string more = stream.take_received();
            unread_.insert(unread_.end(), more.begin(), more.end());
        }
    }
    /// The text on this channel that comes next, whatever else comes before.
    std::string next_text(std::uint16_t channel) {
        while (const auto frame = next_frame()) {
            const auto data = turn::parse_channel_data(*frame, turn::kChannelLast);
            if (data && data->channel.value() == channel) return std::string(as_text(data->payload));
        }
        return "(the end)";
    }
    turn::test::Answer ask(const ByteBuffer& request) {
        stream.send(request);
        while (const auto frame = next_frame()) {
            if (stun::looks_like_stun(frame->front())) return turn::test::Answer(*frame);
        }
        ADD_FAILURE() << "no answer";
        return turn::test::Answer(binding_request());
    }
    SocketAddress allocate() {
        return net::allocate(turn, [this](const ByteBuffer& request) { return ask(request); });
    }
    int bind(std::uint16_t channel, const SocketAddress& peer) {
        return ask(turn.request(stun::Method::kChannelBind, turn::test::TestClient::binding(channel, peer))).error();
    }
    /// True once the server has closed.
    bool is_closed() {
        while (next_frame()) {
        }
        return !stream.timed_out();
    }

    TestClient stream;
    turn::test::TestClient turn;

private:
    turn::StreamFramer framer_;
    ByteBuffer unread_;
};

// A peer, or a client of the relay over UDP.
class UdpEnd {
public:
    // Read by hand, so the kernel must not join what came.
    UdpEnd() {
        const int off = 0;
        EXPECT_EQ(::setsockopt(socket_.fd(), SOL_UDP, UDP_GRO, &off, sizeof off), 0);
    }
    void send(const SocketAddress& to, ByteView bytes) { EXPECT_TRUE(socket_.send({}, to, {}, bytes)); }
    ByteBuffer receive() {
        pollfd waiting{socket_.fd(), POLLIN, 0};
        ByteBuffer got;
        if (::poll(&waiting, 1, 10'000) != 1) return got;
        // One at a time: the others wait in the kernel.
        std::array<std::uint8_t, 65'536> bytes{};
        const ssize_t size = uninterrupted([&] { return ::recv(socket_.fd(), bytes.data(), bytes.size(), 0); });
        if (size > 0) got.assign(bytes.begin(), bytes.begin() + size);
        return got;
    }
    [[nodiscard]] const SocketAddress& address() const { return socket_.bound(); }

private:
    UdpSocket socket_{{kPeerIp, 0}, false};
};

} // namespace vv::net
