// From a host's name to a connected stream, TLS done: looks the addresses up, tries
// them one after the other without waiting for each to fail (RFC 8305), and goes on
// with the first that takes the connection.
#pragma once

#include "base/result.h"
#include "net/event_loop.h"
#include "net/host_search.h"
#include "net/http_client.h"
#include "net/stream.h"
#include "net/tls_client.h"
#include "net/tls_context.h"
#include "net/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vv::net {

/// RFC 8305 §5: so long one address is alone, unless it fails sooner.
inline constexpr std::chrono::milliseconds kDialDelay{250};

struct DialTarget {
    std::string host; // a name or an address; over TLS whom the certificate must be for
    std::uint16_t port = 0;
    bool is_tls = false;
    ClientAlpn alpn = ClientAlpn::kNone; // over TLS
};

struct DialOptions {
    std::string trusted_pem{};                    // certificates to trust in place of the system's
    Duration time_max = std::chrono::seconds(10); // from the name to the end of the handshake
    NameLookup::Resolve resolve = net::resolve;
};

/// A stream, and where it leads.
struct Dialed {
    std::unique_ptr<Stream> stream;
    SocketAddress place;
};

class StreamDial final : TimerHandler {
public:
    /// Called once, from a round of the loop. It may not destroy this.
    using Done = std::function<void(Result<Dialed, FetchError>)>;

    StreamDial(EventLoop& loop, DialTarget target, DialOptions options, Done done);
    StreamDial(const StreamDial&) = delete;
    StreamDial& operator=(const StreamDial&) = delete;
    ~StreamDial();

    /// Nobody is told any more.
    void cancel();

private:
    /// One address on its way.
    class Attempt final : public EventHandler {
    public:
        Attempt(StreamDial& dial, const SocketAddress& place) : dial_(dial), place_(place) {}
        ~Attempt();
        /// False, with errno: it leads nowhere.
        [[nodiscard]] bool begin();
        [[nodiscard]] const SocketAddress& place() const { return place_; }
        /// Once it is connected.
        [[nodiscard]] UniqueFd take();

    private:
        void handle_ready(std::uint32_t events) override;

        StreamDial& dial_;
        SocketAddress place_;
        UniqueFd fd_;
        bool is_watched_ = false;
    };
    /// The handshake's turn at the loop.
    class Handshake final : public EventHandler {
    public:
        explicit Handshake(StreamDial& dial) : dial_(dial) {}

    private:
        void handle_ready(std::uint32_t) override { dial_.go_on(); }

        StreamDial& dial_;
    };

    void handle_timeout(Timer& timer, Instant now) override;
    void handle_found(std::vector<SocketAddress> places);
    void try_next();
    void handle_connected(Attempt& attempt, int error);
    void go_on();
    void watch_for(std::uint32_t events);
    void release();
    void fail(FetchFailure failure, std::string detail = {});

    EventLoop& loop_;
    const DialTarget target_;
    const DialOptions options_;
    Done done_; // none: it is over
    Timer deadline_;
    Timer next_;
    std::vector<SocketAddress> places_; // still to be tried, the next one last
    std::vector<std::unique_ptr<Attempt>> attempts_;
    std::string last_error_;
    SslContextPtr context_;
    Dialed dialed_;
    Handshake handshake_{*this};
    std::uint32_t watched_ = 0;
    std::unique_ptr<HostSearch> search_;
};

} // namespace vv::net
