#include "sim/streams.h"

#include "sim/host.h"

#include <utility>
#include <vector>

namespace vv::sim {

class Streams::Stream final : public Wakeable {
public:
    Stream(Streams& all, StreamId id, const Ends& ends, App* app, TcpEnd::Role role)
        : Wakeable(all.host_.world()),
          all_(all),
          id_(id),
          ends_(ends),
          app_(app),
          end_(all.host_.world().time(), role) {}

    [[nodiscard]] StreamId id() const { return id_; }
    [[nodiscard]] const Ends& ends() const { return ends_; }
    [[nodiscard]] TcpEnd& end() { return end_; }
    /// Null: nobody listens any more; it only comes to its end.
    [[nodiscard]] App* app() const { return app_; }
    void release_app() { app_ = nullptr; }
    /// Once: it has just opened.
    [[nodiscard]] bool take_opened() {
        return end_.state() == TcpEnd::State::kOpen && !std::exchange(told_opened_, true);
    }

    void wake(Instant now) override {
        end_.handle_timeout(now);
        all_.tell(id_);
    }
    [[nodiscard]] std::optional<Instant> next_wake() const override {
        return all_.host_.is_awake() ? end_.poll_timeout() : std::nullopt;
    }

private:
    Streams& all_;
    StreamId id_;
    Ends ends_;
    App* app_;
    TcpEnd end_;
    bool told_opened_ = false;
};

Streams::Streams(Host& host) : host_(host) {}

Streams::~Streams() = default;

bool Streams::listen(const SocketAddress& local, App& app) {
    if (local.port == 0 || host_.interface_of(local.ip) == nullptr) return false;
    return listeners_.try_emplace(local, &app).second;
}

std::optional<StreamId> Streams::connect(const IpAddress& local, const SocketAddress& remote, App& app) {
    VV_ASSERT(host_.is_awake());
    if (host_.interface_of(local) == nullptr || streams_.size() >= kStreamsMax) return std::nullopt;
    Ends ends{{local, host_.next_own_port()}, remote};
    while (by_ends_.contains(ends))
        ends.local.port = host_.next_own_port();
    Stream& stream = add(ends, &app, TcpEnd::Role::kConnecting);
    pump(stream);
    return stream.id();
}

Streams::Stream* Streams::find(StreamId id) const {
    const auto found = streams_.find(id);
    return found != streams_.end() ? found->second.get() : nullptr;
}

Streams::Stream& Streams::add(const Ends& ends, App* app, TcpEnd::Role role) {
    const StreamId id(next_id_++);
    by_ends_.emplace(ends, id);
    return *streams_.emplace(id, std::make_unique<Stream>(*this, id, ends, app, role)).first->second;
}

void Streams::remove(StreamId id) {
    by_ends_.erase(streams_.at(id)->ends());
    streams_.erase(id);
}

bool Streams::write(StreamId id, ByteView bytes) {
    VV_ASSERT(host_.is_awake());
    Stream* stream = find(id);
    if (stream == nullptr || !stream->end().write(bytes)) return false;
    pump(*stream);
    return true;
}

void Streams::close(StreamId id) {
    Stream* stream = find(id);
    if (stream == nullptr) return;
    stream->release_app();
    stream->end().close();
    pump(*stream);
}

void Streams::reset(StreamId id) {
    Stream* stream = find(id);
    if (stream == nullptr) return;
    TcpHeader header;
    header.rst = true;
    send(stream->ends(), header, {});
    remove(id);
}

std::optional<SocketAddress> Streams::local_address(StreamId id) const {
    const Stream* stream = find(id);
    return stream != nullptr ? std::optional(stream->ends().local) : std::nullopt;
}

void Streams::send(const Ends& ends, const TcpHeader& header, ByteView payload) {
    host_.send_segment(ends.local, ends.remote, header, payload);
}

void Streams::pump(Stream& stream) {
    while (const auto segment = stream.end().poll_segment(host_.world().time()))
        send(stream.ends(), segment->header, segment->payload);
    stream.reschedule();
}

void Streams::handle_packet(const Packet& packet) {
    const Ends ends{packet.to, packet.from};
    const auto found = by_ends_.find(ends);
    if (found != by_ends_.end()) {
        const StreamId id = found->second;
        streams_.at(id)->end().handle_segment(host_.world().time(), packet.tcp, packet.payload);
        tell(id);
        return;
    }
    if (packet.tcp.rst) return;
    if (packet.tcp.syn && !packet.tcp.ack && listeners_.contains(ends.local)) return accept(ends);
    TcpHeader header;
    header.rst = true;
    send(ends, header, {});
}

void Streams::accept(const Ends& ends) {
    if (streams_.size() >= kStreamsMax) return;
    pump(add(ends, listeners_.at(ends.local), TcpEnd::Role::kAccepting));
}

// What its program hears of what has happened to a stream. The program may do anything to it meanwhile.
void Streams::tell(StreamId id) {
    Stream* stream = find(id);
    App* app = stream->app();
    const Instant now = host_.time();
    const bool is_accepted = stream->end().role() == TcpEnd::Role::kAccepting;
    if (stream->take_opened() && app != nullptr) {
        if (is_accepted) {
            app->handle_stream_accepted(now, id, stream->ends().local, stream->ends().remote);
        } else {
            app->handle_stream_opened(now, id);
        }
    }
    stream = find(id);
    if (stream == nullptr) return;
    const ByteBuffer bytes = stream->end().take_received();
    if (!bytes.empty() && stream->app() != nullptr) stream->app()->handle_stream_data(now, id, bytes);
    stream = find(id);
    if (stream != nullptr) {
        const bool is_over = stream->end().has_ended() || stream->end().was_broken();
        pump(*stream);
        if (is_over && stream->app() != nullptr) {
            stream->app()->handle_stream_closed(now, id);
            close(id);
        }
    }
    if (app != nullptr) app->reschedule();
    stream = find(id);
    if (stream != nullptr && stream->end().state() == TcpEnd::State::kClosed) remove(id);
}

void Streams::forget(const App& app) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.second == &app; });
    std::vector<StreamId> its;
    for (const auto& [id, stream] : streams_) {
        if (stream->app() == &app) its.push_back(id);
    }
    for (const StreamId id : its)
        reset(id);
}

void Streams::handle_address_lost(const IpAddress& ip) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.first.ip == ip; });
    std::vector<StreamId> lost;
    for (const auto& [id, stream] : streams_) {
        if (stream->ends().local.ip == ip) lost.push_back(id);
    }
    for (const StreamId id : lost) {
        const Stream* stream = find(id);
        if (stream == nullptr) continue; // ended by the program of another one that was told first
        App* app = stream->app();
        remove(id);
        if (app == nullptr) continue;
        app->handle_stream_closed(host_.time(), id);
        app->reschedule();
    }
}

void Streams::reschedule() {
    for (const auto& [id, stream] : streams_)
        stream->reschedule();
}

} // namespace vv::sim
