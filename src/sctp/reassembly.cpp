#include "sctp/reassembly.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vv::sctp {

bool Reassembly::continues(const Run& run, const DataChunk& data) {
    return data.stream == run.stream && data.is_unordered == run.is_unordered &&
           (data.is_unordered || data.ssn == run.ssn) && data.ppid == run.ppid;
}

bool Reassembly::belong_together(const Run& left, const Run& right) {
    return left.stream == right.stream && left.is_unordered == right.is_unordered &&
           (left.is_unordered || left.ssn == right.ssn) && left.ppid == right.ppid;
}

Reassembly::Run Reassembly::make_run(Tsn tsn, const DataChunk& data) {
    Run run{.last = tsn,
            .stream = data.stream,
            .ssn = data.ssn,
            .ppid = data.ppid,
            .is_unordered = data.is_unordered,
            .has_begin = data.is_begin,
            .has_end = data.is_end,
            .size = data.payload.size(),
            .chunks = 1,
            .pieces = {}};
    run.pieces.emplace_back(data.payload.begin(), data.payload.end());
    return run;
}

Result<Reassembly::Runs::iterator, DataViolation> Reassembly::append(Runs::iterator at, Tsn tsn,
                                                                     const DataChunk& data) {
    Run& run = at->second;
    if (!continues(run, data)) return Failure<DataViolation>(DataViolation::kMixedFragments);
    ByteBuffer& piece = run.pieces.back();
    piece.insert(piece.end(), data.payload.begin(), data.payload.end());
    run.last = tsn;
    run.has_end = data.is_end;
    run.size += data.payload.size();
    ++run.chunks;
    return at;
}

// If the run behind this one goes on where it stops, they are one.
Result<Reassembly::Runs::iterator, DataViolation> Reassembly::join_next(Runs::iterator at) {
    const auto next = std::next(at);
    Run& run = at->second;
    if (run.has_end || next == runs_.end() || next->first != run.last + 1 || next->second.has_begin) return at;
    if (!belong_together(run, next->second)) return Failure<DataViolation>(DataViolation::kMixedFragments);
    run.last = next->second.last;
    run.has_end = next->second.has_end;
    run.size += next->second.size;
    run.chunks += next->second.chunks;
    run.pieces.splice(run.pieces.end(), next->second.pieces);
    runs_.erase(next);
    return at;
}

Result<void, DataViolation> Reassembly::handle_data(Tsn tsn, const DataChunk& data) {
    held_ += cost_of(data.payload.size());
    const auto behind = runs_.lower_bound(tsn);
    const bool has_left = behind != runs_.begin() && std::prev(behind)->second.last + 1 == tsn;
    Result<Runs::iterator, DataViolation> at = runs_.end();
    // A message that the sender has given up has no end; the next one begins behind what was sent of it (RFC 3758).
    if (has_left && !std::prev(behind)->second.has_end && !data.is_begin) {
        at = append(std::prev(behind), tsn, data);
    } else {
        at = runs_.emplace_hint(behind, tsn, make_run(tsn, data));
    }
    if (at) at = join_next(*at);
    if (!at) return Failure<DataViolation>(at.error());
    if ((*at)->second.size > message_size_max_) return Failure<DataViolation>(DataViolation::kTooLong);
    if ((*at)->second.has_begin && (*at)->second.has_end) take_out(*at);
    return {};
}

// A whole message: to its stream, or out.
void Reassembly::take_out(Runs::iterator at) {
    Run run = std::move(at->second);
    runs_.erase(at);
    ReceivedMessage message{run.stream, run.ppid, std::move(run.pieces.front())};
    message.payload.reserve(run.size);
    for (auto piece = std::next(run.pieces.begin()); piece != run.pieces.end(); ++piece)
        message.payload.insert(message.payload.end(), piece->begin(), piece->end());
    held_ -= (run.chunks - 1) * kHoldingCost;
    if (run.is_unordered) {
        ready_.push_back(std::move(message));
        return;
    }
    Stream& stream = streams_[run.stream];
    give_ordered(stream.next.nearest(run.ssn), stream, std::move(message));
}

void Reassembly::give_ordered(Ssn ssn, Stream& stream, ReceivedMessage message) {
    if (ssn < stream.next || stream.waiting.contains(ssn)) return drop_message(message.payload.size());
    if (ssn > stream.next) {
        stream.waiting.emplace(ssn, std::move(message));
        return;
    }
    ready_.push_back(std::move(message));
    ++stream.next;
    give_waiting(stream);
}

void Reassembly::give_waiting(Stream& stream) {
    for (auto first = stream.waiting.begin(); first != stream.waiting.end() && first->first == stream.next;
         first = stream.waiting.erase(first)) {
        ready_.push_back(std::move(first->second));
        ++stream.next;
    }
}

void Reassembly::give_waiting_up_to(Stream& stream, Ssn ssn) {
    while (!stream.waiting.empty() && stream.waiting.begin()->first <= ssn) {
        ready_.push_back(std::move(stream.waiting.begin()->second));
        stream.waiting.erase(stream.waiting.begin());
    }
}

void Reassembly::drop_message(std::size_t payload_size) {
    release(payload_size);
    ++dropped_;
}

void Reassembly::skip_to(Tsn tsn, std::span<const SkippedStream> streams) {
    while (!runs_.empty() && runs_.begin()->second.last <= tsn) {
        const Run& run = runs_.begin()->second;
        held_ -= run.size + run.chunks * kHoldingCost;
        runs_.erase(runs_.begin());
    }
    for (const SkippedStream& skipped : streams) {
        Stream& stream = streams_[skipped.stream];
        const Ssn ssn = stream.next.nearest(skipped.ssn);
        if (ssn < stream.next) continue;
        give_waiting_up_to(stream, ssn);
        stream.next = ssn + 1;
        give_waiting(stream);
    }
}

void Reassembly::restart(Stream& stream) {
    while (!stream.waiting.empty())
        give_waiting_up_to(stream, std::prev(stream.waiting.end())->first);
    stream.next = Ssn();
}

void Reassembly::reset(std::span<const StreamId> streams) {
    if (streams.empty()) {
        for (auto& [id, stream] : streams_)
            restart(stream);
        return;
    }
    for (const StreamId id : streams) {
        const auto found = streams_.find(id);
        if (found != streams_.end()) restart(found->second);
    }
}

void Reassembly::forget() {
    for (const auto& [first, run] : runs_)
        held_ -= run.size + run.chunks * kHoldingCost;
    for (const auto& [id, stream] : streams_) {
        for (const auto& [ssn, message] : stream.waiting)
            release(message.payload.size());
    }
    runs_.clear();
    streams_.clear();
}

std::optional<ReceivedMessage> Reassembly::poll_message() {
    if (ready_.empty()) return std::nullopt;
    ReceivedMessage message = std::move(ready_.front());
    ready_.pop_front();
    return message;
}

} // namespace vv::sctp
