// Two who have never met, the server at which they find each other, and the call
// that they make: what ICE tells goes through the real signaling and lobby, and
// the relay's credentials come from there.
#pragma once

#include "base/overloaded.h"
#include "sim/ice_call_for_test.h"
#include "sim/signal_host.h"
#include "sim/signal_user_for_test.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vv::sim {

// ---- what the bodies hold

inline std::string write_signal(const IceSignal& signal) {
    Json out = {{"generation", signal.generation}};
    std::visit(Overloaded{
                   [&](const ice::Credentials& own) {
                       out["ufrag"] = own.ufrag;
                       out["password"] = own.password;
                   },
                   [&](const std::string& line) { out["candidate"] = line; },
                   [&](const EndOfCandidates&) { out["end"] = true; },
                   [&](const RestartWish&) { out["restart"] = true; },
               },
               signal.what);
    return out.dump();
}

inline IceSignal read_signal(const std::string& body) {
    const Json in = Json::parse(body);
    IceSignal signal{in.at("generation"), RestartWish{}};
    if (in.contains("ufrag")) signal.what = ice::Credentials{in.at("ufrag"), in.at("password")};
    if (in.contains("candidate")) signal.what = in.at("candidate").get<std::string>();
    if (in.contains("end")) signal.what = EndOfCandidates{};
    return signal;
}

/// As RTCPeerConnection reads iceServers, of servers that are named by address.
inline IceSetup read_ice_servers(const Json& servers, bool controlling) {
    IceSetup setup{.controlling = controlling, .stun_servers = {}, .relays = {}};
    for (const Json& server : servers) {
        for (const std::string url : server.at("urls")) {
            const std::size_t scheme = url.find(':');
            const std::size_t query = std::min(url.find('?'), url.size());
            const SocketAddress address = SocketAddress::parse(url.substr(scheme + 1, query - scheme - 1)).value();
            if (url.starts_with("stun:")) {
                setup.stun_servers.push_back(address);
                continue;
            }
            const bool is_tls = url.starts_with("turns:");
            const bool is_udp = url.find("transport=udp", query) != std::string::npos;
            const auto transport = is_tls   ? turn::Transport::kTls
                                   : is_udp ? turn::Transport::kUdp
                                            : turn::Transport::kTcp;
            TurnLogin login{address, transport, server.at("username"), server.at("credential")};
            login.dual = true;
            setup.relays.push_back(std::move(login));
        }
    }
    return setup;
}

// ---- the server

inline const std::string kAuthority = "talk.example.org";
inline constexpr std::uint16_t kPagePort = 443;

inline signal::Settings signal_settings(const Host& turn_server) {
    signal::Settings settings;
    settings.state_key.fill(7);
    settings.turn_secret = crypto::SecretBytes(as_text(kTurnSecret));
    for (const IpAddress& ip : turn_server.addresses()) {
        const std::string at = SocketAddress{ip, kStunPort}.to_string();
        const std::string at_tls = SocketAddress{ip, kTlsPort}.to_string();
        std::vector<std::string>& urls = ip.is_v4() ? settings.ice_urls : settings.ice_urls_ipv6;
        for (const std::string& url :
             {"stun:" + at, "turn:" + at + "?transport=udp", "turns:" + at_tls + "?transport=tcp"})
            urls.push_back(url);
    }
    return settings;
}

inline Json seek_wish() {
    return {{"type", "seek"}, {"room", "ta"}, {"prefs", {{"media", "video"}, {"need", "any"}}}};
}
/// Whoever has the same name meets; seat: of one of the two.
inline Json open_wish(std::uint8_t name, std::uint8_t seat) {
    const auto text = [](std::uint8_t of) { return base64url_encode(ByteBuffer(16, of)); };
    return {{"type", "open"},     {"id", text(name)},     {"door", text(static_cast<std::uint8_t>(name + 1))},
            {"seat", text(seat)}, {"noise", "message 1"}, {"prefs", {{"media", "sound"}, {"need", "any"}}}};
}

// ---- the call

class SignaledEnd {
public:
    SignaledEnd(Host& host, const SignalUser::Place& place, Json wish)
        : host_(host),
          signal_(host.run<SignalUser>(place, std::move(wish))) {
        signal_.when_accepted = [this](const SignalUser::Accepted& accepted) {
            ice_ = &host_.run<IceUser>(read_ice_servers(accepted.ice_servers, accepted.is_a));
            ice_->signal_by([this](const IceSignal& told) { signal_.tell(write_signal(told)); }, accepted.is_a);
            ice_->start();
        };
        signal_.when_told = [this](const std::string& body) { ice_->handle_signal(read_signal(body)); };
        signal_.start();
    }
    SignaledEnd(const SignaledEnd&) = delete;
    SignaledEnd& operator=(const SignaledEnd&) = delete;
    ~SignaledEnd() = default;

    [[nodiscard]] Host& host() const { return host_; }
    [[nodiscard]] SignalUser& signal() const { return signal_; }
    [[nodiscard]] bool has_ice() const { return ice_ != nullptr; }
    [[nodiscard]] IceUser& ice() const { return *ice_; }
    [[nodiscard]] bool is_in(ice::State state) const { return ice_ != nullptr && ice_->is_in(state); }

private:
    Host& host_;
    SignalUser& signal_;
    IceUser* ice_ = nullptr; // from when both have said yes
};

class SignaledCall {
public:
    /// line: of both ends.
    SignaledCall(World& its_world, const Meeting& meeting, const LinkConfig& line, Json a_wish = seek_wish(),
                 Json b_wish = seek_wish())
        : world(its_world),
          net(build(world, meeting, line)),
          relay(run_turn_server(net.server, 1, true)),
          page_host(world.add_host("page", World::internet(), {IpAddress::v4({12, 0, 0, 9}), page_v6()})),
          server(page_host.run<SignalHost>(signal_settings(net.server), kAuthority, places())),
          a(net.a, {kAuthority, places()}, std::move(a_wish)),
          b(net.b, {kAuthority, places()}, std::move(b_wish)) {}

    [[nodiscard]] bool are_both(ice::State state) const { return a.is_in(state) && b.is_in(state); }
    /// False: not within the time.
    bool complete(Duration within) {
        return world.run_for(within, [&] { return are_both(ice::State::kCompleted); });
    }
    [[nodiscard]] bool are_both_connected() const { return a.signal().is_connected() && b.signal().is_connected(); }
    /// Whoever leads begins a new generation.
    void restart() { a.ice().restart(); }
    void expect_it_carries() {
        EXPECT_EQ(name_of(way_of(a.ice())), name_of(way_of(b.ice())));
        a.ice().heard.clear();
        b.ice().heard.clear();
        const bool both_heard = world.run_for(std::chrono::seconds(10), [&] {
            if (a.ice().heard.empty()) b.ice().send("from b");
            if (b.ice().heard.empty()) a.ice().send("from a");
            return !a.ice().heard.empty() && !b.ice().heard.empty();
        });
        EXPECT_TRUE(both_heard);
    }

    World& world;
    BuiltMeeting net;
    TurnHost& relay;
    Host& page_host;
    SignalHost& server;
    SignaledEnd a;
    SignaledEnd b;

private:
    static IpAddress page_v6() { return IpAddress::parse("2600:9::9").value(); }
    static std::vector<SocketAddress> places() {
        return {{IpAddress::v4({12, 0, 0, 9}), kPagePort}, {page_v6(), kPagePort}};
    }
};

} // namespace vv::sim
