#include "sim/signal_host.h"

#include <algorithm>

namespace vv::sim {

SignalHost::SignalHost(Host& its_host, signal::Settings settings, std::string name, std::vector<SocketAddress> places)
    : App(its_host),
      settings_(std::move(settings)),
      name_(std::move(name)),
      places_(std::move(places)),
      rng_(its_host.world().new_seed()),
      sealer_(settings_.state_key),
      prefixes_(lobby::PrefixLimitsConfig::defaults()),
      context_{settings_, sealer_, prefixes_, rng_} {
    VV_ASSERT(signal::is_sound(settings_));
    keys_.turn(its_host.wall(), std::chrono::hours(720), rng_);
    begin();
}

void SignalHost::begin() {
    VV_ASSERT(lobby_ == nullptr);
    settings_.epoch = lobby::Epoch(rng_.bytes<8>());
    lobby::LobbyConfig config;
    config.node = settings_.node;
    config.epoch = settings_.epoch;
    config.rooms = settings_.rooms.size();
    lobby_ = std::make_unique<lobby::Lobby>(config, rng_);
    lobby_->handle_record(host().time(), {keys_, {}, {}});
    for (const SocketAddress& place : places_)
        VV_ASSERT(host().streams().listen(place, *this));
    reschedule();
}

void SignalHost::kill() {
    VV_ASSERT(lobby_ != nullptr);
    for (const SocketAddress& place : places_)
        host().streams().stop_listening(place);
    for (const auto& [id, wire] : std::exchange(wires_, {})) {
        host().streams().reset(wire.stream);
        prefixes_.close(host().time(), wire.lease);
    }
    by_stream_.clear();
    commands_.clear();
    lobby_.reset();
    reschedule();
}

// ---- what the host hears

void SignalHost::handle_stream_accepted(Instant now, StreamId stream, const SocketAddress& /*local*/,
                                        const SocketAddress& remote) {
    if (lobby_ == nullptr) return host().streams().reset(stream); // it was opening when the server was killed
    const auto lease = prefixes_.open(now, remote.ip);
    if (!lease) return host().streams().reset(stream);
    const lobby::ConnectionId id(++last_connection_);
    auto machine = std::make_unique<signal::Connection>(context_, *lease, remote.ip, name_);
    wires_[id] = {stream, *lease, std::move(machine), {}, now + kStreamPing};
    by_stream_[stream] = id;
    with(now, id, [&](signal::Connection& opened, signal::Output& out) { opened.handle_open(now, out); });
    run_lobby(now);
}

void SignalHost::handle_stream_data(Instant now, StreamId stream, ByteView bytes) {
    const auto found = by_stream_.find(stream);
    if (found == by_stream_.end()) return;
    const lobby::ConnectionId id = found->second;
    Wire& heard = *find(id);
    heard.reader.append(bytes);
    heard.ping_at = now + kStreamPing;
    heard.pinged = false;
    while (Wire* wire = find(id)) {
        const auto message = wire->reader.poll();
        if (!message) break;
        if (message->kind == StreamMessage::Kind::kClose) {
            host().streams().close(stream);
            forget(now, id);
        } else if (message->kind == StreamMessage::Kind::kText) {
            with(now, id, [&](signal::Connection& machine, signal::Output& out) {
                machine.handle_text(now, host().wall(), message->text, out);
            });
        }
        run_lobby(now);
    }
}

void SignalHost::handle_stream_closed(Instant now, StreamId stream) {
    const auto found = by_stream_.find(stream);
    if (found == by_stream_.end()) return;
    forget(now, found->second);
    run_lobby(now);
}

void SignalHost::handle_timeout(Instant now) {
    if (lobby_ == nullptr) return;
    lobby_->handle_timeout(now);
    std::vector<lobby::ConnectionId> all;
    all.reserve(wires_.size());
    for (const auto& [id, wire] : wires_)
        all.push_back(id);
    for (const lobby::ConnectionId id : all) {
        ping(now, id);
        with(now, id, [&](signal::Connection& machine, signal::Output& out) { machine.handle_timeout(now, out); });
    }
    run_lobby(now);
}

void SignalHost::ping(Instant now, lobby::ConnectionId id) {
    Wire& wire = *find(id);
    if (now < wire.ping_at) return;
    if (wire.pinged) {
        host().streams().reset(wire.stream);
        return forget(now, id);
    }
    host().streams().write(wire.stream, write_stream_message({.kind = StreamMessage::Kind::kPing}));
    wire.pinged = true;
    wire.ping_at = now + kStreamPong;
}

std::optional<Instant> SignalHost::poll_timeout() const {
    if (lobby_ == nullptr) return std::nullopt;
    std::optional<Instant> next = lobby_->poll_timeout();
    for (const auto& [id, wire] : wires_) {
        for (const auto at : {std::optional(wire.ping_at), wire.machine->poll_timeout()})
            if (at && (!next || *at < *next)) next = at;
    }
    return next;
}

// ---- what the machines say

SignalHost::Wire* SignalHost::find(lobby::ConnectionId id) {
    const auto found = wires_.find(id);
    return found == wires_.end() ? nullptr : &found->second;
}

template <typename Handle>
void SignalHost::with(Instant now, lobby::ConnectionId id, Handle handle) {
    Wire* wire = find(id);
    if (wire == nullptr) return;
    signal::Output out;
    handle(*wire->machine, out);
    carry_out(now, id, out);
}

// A stream in which too much waits is one whose other end has gone.
void SignalHost::carry_out(Instant now, lobby::ConnectionId id, signal::Output& out) {
    const StreamId stream = find(id)->stream;
    bool stands = true;
    for (const std::string& text : out.texts)
        stands = stands && host().streams().write(stream, write_stream_text(text));
    for (lobby::Command& command : out.commands)
        commands_.emplace_back(id, std::move(command));
    if (!stands) {
        host().streams().reset(stream);
        forget(now, id);
    } else if (out.close) {
        const StreamMessage last{.kind = StreamMessage::Kind::kClose,
                                 .code = static_cast<std::uint16_t>(out.close->code)};
        if (out.close->code == signal::CloseCode::kSuperseded) ++superseded_;
        host().streams().write(stream, write_stream_message(last));
        host().streams().close(stream);
        forget(now, id);
    }
}

void SignalHost::forget(Instant now, lobby::ConnectionId id) {
    auto found = wires_.find(id);
    VV_ASSERT(found != wires_.end());
    signal::Output last;
    found->second.machine->handle_closed(now, last);
    for (lobby::Command& command : last.commands)
        commands_.emplace_back(id, std::move(command));
    prefixes_.close(now, found->second.lease);
    by_stream_.erase(found->second.stream);
    wires_.erase(found);
}

void SignalHost::run_lobby(Instant now) {
    const auto deliver_all = [&] {
        while (auto report = lobby_->poll_report())
            lobby_->handle_report_kept(now, report->ticket, std::nullopt); // there is no disk in here
        while (auto event = lobby_->poll_event())
            deliver(now, *std::move(event));
    };
    deliver_all();
    while (!commands_.empty()) {
        auto [from, command] = std::move(commands_.front());
        commands_.pop_front();
        lobby_->handle_input(now, from, std::move(command));
        deliver_all();
    }
}

void SignalHost::deliver(Instant now, lobby::Event event) {
    const lobby::ConnectionId to = event.to;
    with(now, to, [&](signal::Connection& machine, signal::Output& out) {
        machine.handle_lobby_event(now, host().wall(), std::move(event), out);
    });
}

} // namespace vv::sim
