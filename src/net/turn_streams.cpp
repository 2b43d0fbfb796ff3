#include "net/turn_streams.h"

#include "net/turn_connection.h"

#include <utility>

namespace vv::net {
namespace {

TurnStreamCounters::OfTransport counters_of(Metrics& metrics, const std::string& transport) {
    const std::string label = "transport=\"" + transport + "\"";
    const auto directed = [&](const char* direction) { return label + ",direction=\"" + direction + "\""; };
    constexpr const char* kFrames = "TURN messages on streams, by transport and direction.";
    constexpr const char* kBytes = "Bytes of TURN on streams, by transport and direction.";
    return {metrics.counter("visavis_turn_streams_total", "TURN connections over streams, by transport.", label),
            metrics.gauge("visavis_turn_streams", "TURN connections over streams open now, by transport.", label),
            metrics.counter("visavis_turn_stream_frames_total", kFrames, directed("in")),
            metrics.counter("visavis_turn_stream_frames_total", kFrames, directed("out")),
            metrics.counter("visavis_turn_stream_bytes_total", kBytes, directed("in")),
            metrics.counter("visavis_turn_stream_bytes_total", kBytes, directed("out"))};
}

Counter& cut_counter(Metrics& metrics, const std::string& reason) {
    return metrics.counter("visavis_turn_streams_cut_total", "TURN connections over streams cut off by us, by reason.",
                           "reason=\"" + reason + "\"");
}

} // namespace

TurnStreamCounters::TurnStreamCounters(Metrics& metrics)
    : tcp(counters_of(metrics, "tcp")),
      tls(counters_of(metrics, "tls")),
      dropped(metrics.counter("visavis_turn_stream_dropped_total",
                              "Packets dropped, the oldest first, for clients on streams that do not keep up.")),
      silent(cut_counter(metrics, "silent")),
      slow(cut_counter(metrics, "slow")),
      broken(cut_counter(metrics, "protocol")) {}

TurnStreams::TurnStreams(EventLoop& loop, Rng& rng, Metrics& metrics, TurnStreamHandler& handler,
                         TurnStreamLimits limits)
    : loop_(loop),
      handler_(handler),
      limits_(limits),
      counters_(metrics),
      scratch_(kScratchSize),
      connections_(0, turn::PathHash{rng.bytes<crypto::kSipHashKeySize>()}) {}

TurnStreams::~TurnStreams() = default;

void TurnStreams::take(OpenedStream opened) {
    const turn::FiveTuple path{opened.server, ClientAddress(opened.client),
                               opened.stream.is_tls() ? turn::Transport::kTls : turn::Transport::kTcp};
    if (const auto old = connections_.find(path); old != connections_.end()) old->second->close();
    const ByteBuffer opening = std::move(opened.opening);
    auto owned = std::make_unique<TurnConnection>(*this, path, std::move(opened));
    TurnConnection& connection = *owned;
    connections_.emplace(path, std::move(owned));
    connection.start(opening);
}

TurnConnection* TurnStreams::find(const turn::FiveTuple& path, KnownConnection* known) const {
    const bool is_known = known != nullptr && known->connection_ != nullptr && known->releases_ == releases_;
    if (is_known && known->connection_->path() == path) return known->connection_;
    const auto found = connections_.find(path);
    if (found == connections_.end()) return nullptr;
    if (known != nullptr) {
        known->connection_ = found->second.get();
        known->releases_ = releases_;
    }
    return found->second.get();
}

bool TurnStreams::send(const turn::FiveTuple& to, KnownConnection* known, MediaQueue::Kind kind, ByteView header,
                       ByteView payload, ByteView padding) {
    TurnConnection* connection = find(to, known);
    if (connection == nullptr) return false;
    connection->send(kind, header, payload, padding);
    return true;
}

void TurnStreams::begin_stop() {
    std::vector<TurnConnection*> idle;
    for (const auto& [path, connection] : connections_) {
        if (!handler_.has_allocation(path)) idle.push_back(connection.get());
    }
    for (TurnConnection* connection : idle)
        connection->close();
}

void TurnStreams::call_later(TurnConnection& connection) {
    if (std::exchange(connection.is_called_later, true)) return;
    if (to_call_.empty()) handler_.handle_stream_waiting();
    to_call_.push_back(&connection);
}

void TurnStreams::handle_round_end() {
    // What asks again meanwhile comes in the next round. The two change places, so that neither loses its memory.
    called_.swap(to_call_);
    for (TurnConnection* connection : called_) {
        connection->is_called_later = false;
        connection->handle_round_end();
    }
    called_.clear();
}

// The connection is on the stack.
void TurnStreams::release(TurnConnection& connection) {
    const auto found = connections_.find(connection.path());
    std::erase(to_call_, &connection);
    ++releases_;
    loop_.defer([gone = std::move(found->second)]() mutable { gone.reset(); });
    const turn::FiveTuple path = connection.path();
    connections_.erase(found);
    handler_.handle_stream_closed(path);
}

} // namespace vv::net
