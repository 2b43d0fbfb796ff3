// What established peers send: data, what they say of ours, and resets of streams.
#include "base/overloaded.h"
#include "sctp/association.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vv::sctp {

// ---- data

void Association::handle_data(const Chunk& chunk) {
    if (state_ == State::kShutdownReceived || state_ == State::kShutdownAckSent) return; // RFC 9260 §9.2
    const auto data = parse_data(chunk);
    if (!data) return end_by_violation(kCauseNoUserData);
    saw_data_ = true;
    wants_sack_ = wants_sack_ || data->wants_sack;
    const Tsn tsn = received_.cumulative().nearest(data->tsn);
    switch (received_.look_at(tsn)) {
    case ReceivedTsns::Arrival::kDuplicate:
        received_.note_duplicate(tsn);
        wants_sack_ = true;
        return;
    case ReceivedTsns::Arrival::kRefused:
        ++stats_.data_refused;
        return;
    case ReceivedTsns::Arrival::kNew:
        break;
    }
    if (!has_room_for(tsn, data->payload.size())) {
        ++stats_.data_refused;
        wants_sack_ = true; // RFC 9260 §6.2: it tells how little room there is
        return;
    }
    store(tsn, *data);
}

bool Association::has_room_for(Tsn tsn, std::size_t payload_size) const {
    std::size_t limit = config_.receive_window;
    if (received_.has_gaps() && tsn == received_.cumulative() + 1) {
        limit *= kReceiveHardFactor;
    } else if (tsn < received_.highest()) {
        limit += limit / kReceiveReserveDivisor;
    }
    return reassembly_.held() + cost_of(payload_size) <= limit;
}

void Association::store(Tsn tsn, const DataChunk& data) {
    received_.add(tsn);
    if (data.stream.value() >= inbound_streams()) {
        report_invalid_stream(data.stream);
    } else if (!reassembly_.handle_data(tsn, data)) {
        return end_by_violation(kCauseProtocolViolation);
    }
    collect_messages();
    carry_out_due_reset();
}

// RFC 9260 §6.5: acknowledged, reported and forgotten.
void Association::report_invalid_stream(StreamId stream) {
    ++stats_.chunks_dropped;
    ByteBuffer report;
    {
        const ChunkScope error(report, ChunkType::kError);
        const ParameterScope cause(report, kCauseInvalidStream);
        ByteWriter writer(report);
        writer.write_u16(stream.value());
        writer.write_u16(0);
    }
    add_control(report);
}

void Association::collect_messages() {
    while (auto message = reassembly_.poll_message())
        events_.emplace_back(std::move(*message));
}

// RFC 9260 §6.2: every second packet, within a time, and at once where something is missing or came twice.
void Association::finish_data_packet() {
    if (!is_up()) return;
    ++packets_unacked_;
    const bool is_at_once = std::exchange(wants_sack_, false) || received_.has_gaps() || packets_unacked_ >= 2 ||
                            state_ == State::kShutdownSent;
    if (state_ == State::kShutdownSent) {
        shutdown_due_ = true; // RFC 9260 §9.2
        timers_.set(Timer::kShutdown, now_ + rto_.value());
    }
    if (is_at_once) {
        sack_due_ = true;
    } else if (!timers_.is_running(Timer::kSack)) {
        timers_.set(Timer::kSack, now_ + kSackDelay);
    }
}

void Association::handle_forward_tsn(const Chunk& chunk) {
    const auto forward = parse_forward_tsn(chunk.value);
    if (!forward) return end_by_violation(kCauseProtocolViolation);
    sack_due_ = true;
    const Tsn tsn = received_.cumulative().nearest(forward->new_cumulative_tsn);
    if (tsn <= received_.cumulative()) return; // RFC 3758 §3.6: old; the SACK says what is known
    if (tsn - received_.cumulative() > kTsnWindowMax) {
        ++stats_.chunks_dropped;
        return;
    }
    std::vector<SkippedStream> skipped;
    for (std::size_t i = 0; i < forward->stream_count(); ++i) {
        if (forward->stream(i).stream.value() < inbound_streams()) skipped.push_back(forward->stream(i));
    }
    received_.skip_to(tsn); // and on over what has come behind it, which is not to be forgotten
    reassembly_.skip_to(tsn, skipped);
    collect_messages();
    carry_out_due_reset();
}

// ---- what the other end says of our data

void Association::handle_sack(const Chunk& chunk) {
    const auto sack = parse_sack(chunk.value);
    const std::size_t flight_before = outstanding_.flight();
    const auto acked = sack ? outstanding_.handle_sack(now_, *sack) : std::nullopt;
    if (!acked) {
        ++stats_.chunks_dropped;
        return;
    }
    peer_window_ = sack->receive_window;
    apply(*acked, flight_before);
}

void Association::apply(const Outstanding::Acked& acked, std::size_t flight_before) {
    if (acked.is_advanced) rto_.handle_progress();
    if (acked.round_trip) rto_.note_round_trip(*acked.round_trip);
    // RFC 9260 §6.1 A: probes of a closed window that are answered are no errors.
    if (acked.bytes > 0 || acked.is_advanced || peer_window_ < config_.packet_size) errors_ = 0;
    if (acked.is_loss) {
        ++stats_.losses;
        window_.handle_loss();
        fast_due_ = outstanding_.has_lost(); // else it has been given up
    } else if (acked.is_advanced && !outstanding_.is_recovering()) {
        window_.handle_ack(acked.bytes, flight_before);
    }
    if (outstanding_.is_empty()) {
        timers_.stop(Timer::kRetransmit);
        window_.handle_all_acked();
        forward_told_.reset();
    } else if (acked.is_advanced) {
        start_retransmit_timer(); // RFC 9260 §6.3.2 R3
    }
    // RFC 3758 §3.5 C: told again while it has not been heard, but not for each SACK that was on its way.
    if (outstanding_.has_forward() && now_ - forward_sent_ >= rto_.round_trip().value_or(rto_.value())) {
        forward_due_ = true;
    }
    go_on_with_shutdown();
}

void Association::handle_retransmit_time() {
    ++stats_.timeouts;
    outstanding_.handle_timeout(now_);
    window_.handle_timeout();
    rto_.back_off();
    forward_due_ = outstanding_.has_forward();
    start_retransmit_timer();
    count_error();
}

// ---- resets of streams

void Association::handle_reconfig(const Chunk& chunk) {
    const auto parameters = parse_reconfig(chunk.value);
    if (!parameters) {
        ++stats_.chunks_dropped;
        return;
    }
    for (const ReconfigParameter& parameter : *parameters) {
        std::visit(Overloaded{[&](const OutgoingReset& reset) { handle_reset_request(reset); },
                              [&](const OtherRequest& other) {
                                  if (const auto refused = resets_.refuse(other)) answer_reset(*refused);
                              },
                              [&](const ReconfigResponse& response) {
                                  if (resets_.is_asked(response.request)) errors_ = 0;
                                  if (const auto finished = resets_.handle_response(response)) finish_reset(*finished);
                              }},
                   parameter);
    }
}

void Association::answer_reset(const ReconfigResponse& response) {
    ByteBuffer bytes;
    write_reconfig_response(bytes, response);
    add_control(bytes);
}

void Association::handle_reset_request(const OutgoingReset& reset) {
    // It takes memory until somebody fetches it. Without an answer it comes again.
    if (is_reset_unfetched_ && resets_.is_new(reset.request)) {
        ++stats_.chunks_dropped;
        return;
    }
    const auto answer = resets_.handle_request(reset, received_.cumulative(), inbound_streams());
    if (answer) answer_reset(*answer);
    carry_out_due_reset();
}

void Association::carry_out(const OutgoingReset& reset) {
    reassembly_.reset(reset.streams);
    collect_messages();
    events_.emplace_back(StreamsResetEvent{reset.streams});
    is_reset_unfetched_ = true;
}

// At once, or when the data has come for which it had to wait.
void Association::carry_out_due_reset() {
    const auto reset = resets_.poll_due(received_.cumulative());
    if (!reset) return;
    carry_out(*reset);
    answer_reset({reset->request, ReconfigResult::kPerformed});
}

void Association::finish_reset(const FinishedReset& finished) {
    timers_.stop(Timer::kReconfig);
    reset_due_ = false;
    for (const StreamId stream : finished.streams) {
        if (finished.is_performed) queue_.restart(stream);
        events_.emplace_back(StreamResetDoneEvent{.stream = stream, .is_performed = finished.is_performed});
    }
}

} // namespace vv::sctp
