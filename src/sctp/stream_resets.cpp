#include "sctp/stream_resets.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace vv::sctp {

bool StreamResets::is_wanted(StreamId stream) const {
    return wanted_.contains(stream) || std::ranges::find(asked_, stream) != asked_.end();
}

void StreamResets::forget(StreamId stream) {
    wanted_.erase(stream);
    std::erase(asked_, stream);
}

std::vector<StreamId> StreamResets::take_wanted() {
    std::vector<StreamId> streams;
    for (const auto& [stream, last_tsn] : std::exchange(wanted_, {}))
        streams.push_back(stream);
    return streams;
}

void StreamResets::ask(const std::vector<StreamId>& streams, Tsn last_tsn) {
    VV_ASSERT(!request_ && !streams.empty());
    for (const StreamId stream : streams)
        wanted_.erase(stream);
    request_ = OutgoingReset{next_request_++, 0, last_tsn.wire(), streams};
    asked_ = streams;
}

OutgoingReset StreamResets::request() const {
    VV_ASSERT(request_.has_value());
    OutgoingReset reset = *request_;
    reset.response = expected_ - 1;
    return reset;
}

std::optional<FinishedReset> StreamResets::handle_response(const ReconfigResponse& response) {
    if (!request_ || response.request != request_->request) return std::nullopt;
    if (response.result == ReconfigResult::kInProgress) return std::nullopt;
    FinishedReset finished{std::exchange(asked_, {}), response.result == ReconfigResult::kPerformed ||
                                                          response.result == ReconfigResult::kNothingToDo};
    request_.reset();
    return finished;
}

std::optional<ReconfigResponse> StreamResets::known_answer(std::uint32_t request) const {
    if (request == expected_) return std::nullopt;
    // RFC 6525 §5.2.1: the last one once more, since the answer was lost.
    if (request == expected_ - 1 && answered_) return ReconfigResponse{request, *answered_};
    return ReconfigResponse{request, ReconfigResult::kBadSequence};
}

ReconfigResult StreamResets::judge(const OutgoingReset& reset, Tsn cumulative, std::uint16_t streams) {
    const auto is_none = [&](StreamId stream) { return stream.value() >= streams; };
    if (std::ranges::any_of(reset.streams, is_none)) return ReconfigResult::kWrongStream;
    // RFC 6525 §5.2.2 E2: later, when all that was sent before it has come; poll_due says so.
    const Tsn last_tsn = cumulative.nearest(reset.last_tsn);
    if (due_ && due_->reset.streams != reset.streams) return ReconfigResult::kAlreadyInProgress;
    due_ = Due{reset, last_tsn};
    return cumulative >= last_tsn ? ReconfigResult::kPerformed : ReconfigResult::kInProgress;
}

ReconfigResponse StreamResets::handle_request(const OutgoingReset& reset, Tsn cumulative, std::uint16_t streams) {
    if (const auto known = known_answer(reset.request)) return *known;
    ++expected_;
    answered_ = judge(reset, cumulative, streams);
    return {reset.request, *answered_};
}

ReconfigResponse StreamResets::refuse(const OtherRequest& other) {
    if (const auto known = known_answer(other.request)) return *known;
    ++expected_;
    answered_ = ReconfigResult::kDenied;
    return {other.request, *answered_};
}

std::optional<OutgoingReset> StreamResets::poll_due(Tsn cumulative) {
    if (!due_ || cumulative < due_->last_tsn) return std::nullopt;
    if (due_->reset.request == expected_ - 1) answered_ = ReconfigResult::kPerformed;
    OutgoingReset reset = std::move(due_->reset);
    due_.reset();
    return reset;
}

} // namespace vv::sctp
