// Small programs for scenarios: one that writes down what it hears, one that
// sends everything back.
#pragma once

#include "sim/host.h"

#include <string>
#include <string_view>
#include <vector>

namespace vv::sim {

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}
inline SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

/// Writes down what it hears.
class Notebook : public App {
public:
    using App::App;

    struct Heard {
        Instant at;
        SocketAddress from;
        std::string text;
    };
    std::vector<Heard> heard;
    std::vector<StreamId> accepted;
    std::vector<SocketAddress> accepted_from;
    std::vector<StreamId> opened;
    std::vector<StreamId> closed;
    std::string stream_text;
    int address_changes = 0;
    std::optional<Instant> alarm;
    std::vector<Instant> alarms;

    void handle_datagram(Instant now, const Datagram& in) override {
        heard.push_back({now, in.remote, std::string(as_text(in.payload))});
    }
    void handle_timeout(Instant now) override {
        if (!alarm || now < *alarm) return;
        alarms.push_back(now);
        alarm.reset();
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const override { return alarm; }
    void handle_stream_accepted(Instant /*now*/, StreamId stream, const SocketAddress& /*local*/,
                                const SocketAddress& remote) override {
        accepted.push_back(stream);
        accepted_from.push_back(remote);
    }
    void handle_stream_opened(Instant /*now*/, StreamId stream) override { opened.push_back(stream); }
    void handle_stream_data(Instant /*now*/, StreamId /*stream*/, ByteView bytes) override {
        stream_text += as_text(bytes);
    }
    void handle_stream_closed(Instant /*now*/, StreamId stream) override { closed.push_back(stream); }
    void handle_addresses_changed(Instant /*now*/) override { ++address_changes; }

    bool say(std::string_view from, std::string_view to, std::string_view text) {
        return host().send(at(from), at(to), as_bytes(text));
    }
    bool say(const SocketAddress& from, const SocketAddress& to, std::string_view text) {
        return host().send(from, to, as_bytes(text));
    }
};

/// Sends everything back to where it came from, by UDP and by TCP.
class Echo : public App {
public:
    Echo(Host& host, std::string_view local) : App(host) {
        const bool is_free = host.bind(at(local), *this) && host.streams().listen(at(local), *this);
        VV_ASSERT(is_free);
    }
    void handle_datagram(Instant /*now*/, const Datagram& in) override { host().send(in.local, in.remote, in.payload); }
    void handle_stream_data(Instant /*now*/, StreamId stream, ByteView bytes) override {
        host().streams().write(stream, bytes);
    }
};

} // namespace vv::sim
