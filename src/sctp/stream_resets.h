// Beginning streams anew (RFC 6525), which is how data channels close (RFC 8831
// §6.7): what we ask for, one request at a time, and what is asked of us.
#pragma once

#include "sctp/packet.h"
#include "sctp/reconfig_chunk.h"
#include "sctp/sequence.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace vv::sctp {

/// A request of ours for streams that the other end has answered.
struct FinishedReset {
    std::vector<StreamId> streams;
    bool is_performed = false; ///< else it was refused
};

class StreamResets {
public:
    /// initial_tsn: ours; requests are numbered from there (RFC 6525 §4.1).
    explicit StreamResets(std::uint32_t initial_tsn) : next_request_(initial_tsn) {}
    /// The other end's first TSN, from which its requests are numbered.
    void begin(std::uint32_t peer_initial_tsn) { expected_ = peer_initial_tsn; }

    // ---- ours
    void want(StreamId stream) { wanted_.emplace(stream, std::nullopt); }
    [[nodiscard]] bool is_wanted(StreamId stream) const;
    /// Each with its last TSN, once all that waited in it has been sent.
    [[nodiscard]] std::map<StreamId, std::optional<Tsn>>& wanted() { return wanted_; }
    /// The other end does not know how: nothing is wanted any more.
    [[nodiscard]] std::vector<StreamId> take_wanted();
    [[nodiscard]] bool is_asking() const { return request_.has_value(); }
    [[nodiscard]] bool is_asked(std::uint32_t request) const { return request_ && request_->request == request; }
    /// streams: wanted. last_tsn: none of them has sent behind it. Only if no request is under way.
    void ask(const std::vector<StreamId>& streams, Tsn last_tsn);
    /// This one is known to be done before the answer is here; what is sent again stays as it was.
    void forget(StreamId stream);
    /// As it is to be sent, first and again.
    [[nodiscard]] OutgoingReset request() const;
    /// Nothing if it answers no request, or says that the answer will come later.
    [[nodiscard]] std::optional<FinishedReset> handle_response(const ReconfigResponse& response);

    // ---- the other end's
    /// Not one that has been asked before.
    [[nodiscard]] bool is_new(std::uint32_t request) const { return request == expected_; }
    /// What to answer; nothing yet where poll_due will say more. cumulative: of what has come. streams: how many the
    /// other end may send on.
    [[nodiscard]] std::optional<ReconfigResponse> handle_request(const OutgoingReset& reset, Tsn cumulative,
                                                                 std::uint16_t streams);
    [[nodiscard]] std::optional<ReconfigResponse> refuse(const OtherRequest& other);
    /// A request that has become due, since all that was sent before it has come: to be carried out at once, and once,
    /// and answered with "performed".
    [[nodiscard]] std::optional<OutgoingReset> poll_due(Tsn cumulative);

private:
    /// Nothing: it is to be carried out.
    [[nodiscard]] std::optional<ReconfigResult> fault_of(const OutgoingReset& reset, std::uint16_t streams) const;
    /// To one that is not new.
    [[nodiscard]] std::optional<ReconfigResponse> known_answer(std::uint32_t request) const;

    std::map<StreamId, std::optional<Tsn>> wanted_;
    std::optional<OutgoingReset> request_; // under way
    std::vector<StreamId> asked_;          // its streams of which it is not known yet
    std::uint32_t next_request_;

    std::uint32_t expected_ = 0;             // the number of the next request of the other end
    std::optional<ReconfigResult> answered_; // the one before it; nothing while it is due, or if there was none
    struct Due {
        OutgoingReset reset;
        Tsn last_tsn;
    };
    std::optional<Due> due_;
};

} // namespace vv::sctp
