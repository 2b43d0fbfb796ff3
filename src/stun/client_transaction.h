// One request to a STUN or TURN server, or to an ICE peer, from the first
// sending to its answer or its end (RFC 8489 §6.2). It repeats the request over
// UDP, waits once over a stream, and measures the round trip. Who owns it reads
// the answer: whether it may be believed is not known here.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "stun/message.h"
#include "stun/round_trip.h"

#include <chrono>
#include <optional>

namespace vv::stun {

/// RFC 8489 §6.2.1: Rc requests, and Rm times the first wait after the last of them.
inline constexpr int kRequestsMax = 7;
inline constexpr int kLastWaitFactor = 16;
/// RFC 8489 §6.2.2: Ti, over a stream, which repeats by itself what is lost.
inline constexpr std::chrono::milliseconds kStreamTimeout{39'500};

struct RequestTiming {
    Duration rto = kRtoInitial; ///< the first wait; each further one is twice as long
    /// No wait between two requests is longer. RFC 8489 knows no such bound; ICE has a use for it.
    Duration interval_max = Duration::max();
    /// Nor is the one behind the last request.
    Duration last_wait_max = Duration::max();
    int requests_max = kRequestsMax;
    bool over_stream = false;

    /// Over UDP, to an end that has been measured or not.
    [[nodiscard]] static RequestTiming datagram(const RoundTripEstimate& estimate) { return {.rto = estimate.rto()}; }
    [[nodiscard]] static RequestTiming stream() { return {.over_stream = true}; }
};

class ClientTransaction {
public:
    /// request: the whole message with this id. It is due for sending at once.
    ClientTransaction(Instant now, const TransactionId& id, ByteBuffer request, const RequestTiming& timing);

    /// A success or an error of this transaction and method. Its integrity is the owner's to check.
    [[nodiscard]] bool is_answer(const Message& message) const;

    void handle_timeout(Instant now);
    /// The request, if it is due; the view holds as long as the transaction.
    [[nodiscard]] std::optional<ByteView> poll_transmit();
    /// Nothing once it has timed out.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// No answer came in all that time. The owner drops the transaction then.
    [[nodiscard]] bool has_timed_out() const { return timed_out_; }
    /// Asks again at once and then waits as in the beginning, also after stop_sending(): there is reason to think that
    /// the path is open now.
    void repeat(Instant now);
    /// Asks no more, but an answer that is on its way is still one.
    void stop_sending(Instant now);

    /// What an answer that comes now says of the path. Nothing if the request was repeated: nobody knows which of
    /// them is answered (Karn's rule).
    [[nodiscard]] std::optional<Duration> round_trip(Instant now) const;

private:
    void send(Instant now);
    [[nodiscard]] Duration last_wait() const;

    TransactionId id_;
    ByteBuffer request_;
    RequestTiming timing_;
    Duration interval_;
    Instant sent_at_;
    Instant due_at_;
    int sends_ = 0;
    bool is_due_ = false;
    bool repeated_ = false;
    bool stopped_ = false;
    bool timed_out_ = false;
};

} // namespace vv::stun
