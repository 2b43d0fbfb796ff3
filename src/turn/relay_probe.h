// Does a relay work? A client that makes one allocation (RFC 8656 §7), binds a
// channel to the relayed address it got, sends an ICE check through it and waits
// for that to come back: whatever a call needs of a relay has then happened once.
// Without a socket or a clock, as the server; over UDP.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "stun/builder.h"
#include "stun/message.h"
#include "turn/rest_credential.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::turn {

/// RFC 8489 §6.2.1, shortened: whoever does not answer within this is of no use to a call either.
inline constexpr std::chrono::milliseconds kProbeResend{500};
inline constexpr int kProbeSendsMax = 6;

class RelayProbe {
public:
    enum class State : std::uint8_t { kRunning, kWorks, kFailed };

    /// The credential should be of the class `probe`. rng outlives the probe.
    RelayProbe(Instant now, RestCredential credential, Rng& rng);

    /// The next datagram for the relay, if one is due.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    /// A datagram from the relay; what does not belong here is ignored.
    void handle_input(Instant now, ByteView datagram);
    void handle_timeout(Instant now);
    /// Nothing once it is over.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] State state() const { return state_; }
    /// Of a failure, for the log: static text.
    [[nodiscard]] std::string_view why() const { return why_; }

private:
    enum class Step : std::uint8_t { kChallenge, kAllocate, kBind, kEcho };

    void begin(Instant now, Step step);
    void send(Instant now);
    [[nodiscard]] ByteBuffer write() const;
    void authenticate(stun::MessageBuilder& builder) const;
    [[nodiscard]] ByteBuffer check() const;
    [[nodiscard]] ByteBuffer refresh_to_zero() const;
    void handle_answer(Instant now, const stun::Message& answer);
    void handle_refusal(Instant now, const stun::Message& answer);
    void fail(std::string_view why);

    RestCredential credential_;
    Rng& rng_;
    std::string realm_;
    std::string nonce_;
    SocketAddress relayed_;
    stun::TransactionId id_;
    Step step_ = Step::kChallenge;
    State state_ = State::kRunning;
    std::string_view why_;
    std::optional<ByteBuffer> outgoing_;
    Instant resend_at_;
    int sends_ = 0;
    bool renewed_nonce_ = false;
};

} // namespace vv::turn
