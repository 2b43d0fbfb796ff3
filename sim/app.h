// A program on a simulated host: what src/net is to the machines in production.
// It gets datagrams, bytes of streams and the time of its host's clock, and has
// the host send for it.
#pragma once

#include "base/datagram.h"
#include "base/instant.h"
#include "base/tagged.h"
#include "sim/wakeable.h"

#include <cstdint>
#include <optional>

namespace vv::sim {

class Host;

/// A stream of one host, for as long as the host stands; none is given twice.
using StreamId = Tagged<std::uint64_t, struct StreamIdTag>;

class App : public Wakeable {
public:
    explicit App(Host& host);
    /// The host forgets its sockets; its streams are reset.
    ~App() override;

    // `now` is what the clock of its own host shows.
    virtual void handle_datagram(Instant /*now*/, const Datagram& /*in*/) {}
    virtual void handle_timeout(Instant /*now*/) {}
    [[nodiscard]] virtual std::optional<Instant> poll_timeout() const { return std::nullopt; }
    /// Another end has connected to where this app listens.
    virtual void handle_stream_accepted(Instant /*now*/, StreamId /*stream*/, const SocketAddress& /*local*/,
                                        const SocketAddress& /*remote*/) {}
    virtual void handle_stream_opened(Instant /*now*/, StreamId /*stream*/) {}
    virtual void handle_stream_data(Instant /*now*/, StreamId /*stream*/, ByteView /*bytes*/) {}
    /// The other end closed it, or it broke. The host forgets it.
    virtual void handle_stream_closed(Instant /*now*/, StreamId /*stream*/) {}
    /// The host has other addresses than before; sockets and streams of those it lost are gone.
    virtual void handle_addresses_changed(Instant /*now*/) {}

    void wake(Instant now) final;
    [[nodiscard]] std::optional<Instant> next_wake() const final;

protected:
    [[nodiscard]] Host& host() const { return host_; }

private:
    Host& host_;
};

} // namespace vv::sim
