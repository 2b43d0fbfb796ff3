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
    const bool is_last = request == expected_ - 1;
    // RFC 6525 §5.2.1: the last one once more, since the answer was lost.
    if (is_last && answered_) return ReconfigResponse{request, *answered_};
    if (is_last && due_) return std::nullopt;
    return ReconfigResponse{request, ReconfigResult::kBadSequence};
}

std::optional<ReconfigResult> StreamResets::fault_of(const OutgoingReset& reset, std::uint16_t streams) const {
    const auto is_none = [&](StreamId stream) { return stream.value() >= streams; };
    if (std::ranges::any_of(reset.streams, is_none)) return ReconfigResult::kWrongStream;
    if (due_ && due_->reset.streams != reset.streams) return ReconfigResult::kAlreadyInProgress;
    return std::nullopt;
}

// RFC 6525 §5.2.2 E2 would answer "in progress" to what has overtaken its data. Chromium then asks for the same under a
// new number, which would begin the streams anew once more, and between the two there may be new data. Without an
// answer everybody repeats the one that was asked.
std::optional<ReconfigResponse> StreamResets::handle_request(const OutgoingReset& reset, Tsn cumulative,
                                                             std::uint16_t streams) {
    if (!is_new(reset.request)) return known_answer(reset.request);
    ++expected_;
    answered_ = fault_of(reset, streams);
    if (answered_) return ReconfigResponse{reset.request, *answered_};
    due_ = Due{reset, cumulative.nearest(reset.last_tsn)};
    return std::nullopt;
}

std::optional<ReconfigResponse> StreamResets::refuse(const OtherRequest& other) {
    if (!is_new(other.request)) return known_answer(other.request);
    ++expected_;
    answered_ = ReconfigResult::kDenied;
    return ReconfigResponse{other.request, *answered_};
}

std::optional<OutgoingReset> StreamResets::poll_due(Tsn cumulative) {
    if (!due_ || cumulative < due_->last_tsn) return std::nullopt;
    if (due_->reset.request == expected_ - 1) answered_ = ReconfigResult::kPerformed;
    OutgoingReset reset = std::move(due_->reset);
    due_.reset();
    return reset;
}

} // namespace vv::sctp
