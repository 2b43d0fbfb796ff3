// A machine in the simulated internet: interfaces, sockets, streams, the
// programs that run on it, and a clock of its own that can jump or stand still.
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "sim/app.h"
#include "sim/hash.h"
#include "sim/interface.h"
#include "sim/streams.h"
#include "sim/world.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vv::sim {

/// RFC 6335 §6, for sockets that do not care.
inline constexpr std::uint16_t kFirstOwnPort = 49'152;

class Host {
public:
    Host(World& world, std::string name);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host();

    [[nodiscard]] World& world() const { return world_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    // ---- its programs

    /// T: an App whose constructor takes the host first.
    template <std::derived_from<App> T, typename... Arguments>
    T& run(Arguments&&... arguments) {
        auto app = std::make_unique<T>(*this, std::forward<Arguments>(arguments)...);
        T& running = *app;
        apps_.push_back(std::move(app));
        running.reschedule();
        return running;
    }
    void stop(const App& app);
    void stop_all() { apps_.clear(); }

    // ---- where it is

    Interface& attach(NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link = {});
    void detach(Interface& interface);
    /// Out of all networks and into this one, as when a phone leaves the house.
    Interface& roam(NetworkId network, std::vector<IpAddress> addresses, const LinkConfig& link = {});
    /// In the order of its interfaces.
    [[nodiscard]] std::vector<IpAddress> addresses() const;
    [[nodiscard]] std::optional<IpAddress> address(AddressFamily family) const;
    /// The lines of all its interfaces.
    void set_line(const LinkConfig& link);
    void set_line_up(bool is_up);

    // ---- its clock

    [[nodiscard]] Instant time() const { return world_.time() + clock_offset_; }
    [[nodiscard]] WallTime wall() const;
    /// Its clock shows so much more from now on, as after a sleep that it counted.
    void jump_clock(Duration forward);
    /// Nothing runs, nothing is heard, and no program sends: whoever asks one to meanwhile is at fault.
    void fall_asleep();
    /// clock_stood: its clock knows nothing of the sleep.
    void wake_up(bool clock_stood);
    [[nodiscard]] bool is_awake() const { return is_awake_; }

    // ---- for its programs

    /// False: somebody has it, or the address is not of this host. A multicast address hears what is sent to the
    /// group in its networks.
    [[nodiscard]] bool bind(const SocketAddress& local, App& app);
    /// A free port of its own range; nothing: the address is not of this host.
    [[nodiscard]] std::optional<SocketAddress> bind_any(const IpAddress& local, App& app);
    void unbind(const SocketAddress& local) { sockets_.erase(local); }
    /// False: not an address of this host, as after it roamed.
    bool send(const SocketAddress& local, const SocketAddress& remote, ByteView payload, bool dont_fragment = false);
    [[nodiscard]] Streams& streams() { return streams_; }

private:
    friend class World;
    friend class App;
    friend class Streams;

    void handle_packet(Packet& packet);
    void forget(App& app);
    void tell_addresses_changed();
    void reschedule_all();
    [[nodiscard]] Interface* interface_of(const IpAddress& ip) const;
    /// Null: the world is full.
    [[nodiscard]] Packet* new_packet(const SocketAddress& from, const SocketAddress& to, ByteView payload);
    [[nodiscard]] bool send(Packet& packet);
    void send_segment(const SocketAddress& local, const SocketAddress& remote, const TcpHeader& header,
                      ByteView payload);
    [[nodiscard]] std::uint16_t next_own_port();
    [[nodiscard]] Instant world_time_of(Instant own) const { return own - clock_offset_; }

    World& world_;
    std::string name_;
    std::vector<Interface*> interfaces_;
    std::unordered_map<SocketAddress, App*, AddressHash> sockets_;
    Duration clock_offset_{};
    Instant slept_since_;
    bool is_awake_ = true;
    std::uint16_t own_port_ = kFirstOwnPort;
    Streams streams_;
    std::vector<std::unique_ptr<App>> apps_; // last: they unbind as they go
};

} // namespace vv::sim
