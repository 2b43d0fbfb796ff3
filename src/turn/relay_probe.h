// Does a relay work? A client that makes one allocation (RFC 8656 §7) and a peer
// of its own: what the peer, from a second socket, sends to the relayed address
// has to reach the client (§11.3). The relay's port, the firewall in front of it
// and the address it tells people have then all been met, as in a call. Without a
// socket or a clock, as the server; over UDP.
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

    struct Transmit {
        /// Nothing: to the relay, from the client's socket. Else there, from the peer's, which is another one with the
        /// same address of this machine.
        std::optional<SocketAddress> to;
        ByteBuffer bytes;
    };

    /// The credential should be of the class `probe`, which permits the client's own address as a peer. family: that
    /// of the way to the relay; what is tried is a relayed address of the same. rng outlives the probe.
    RelayProbe(Instant now, RestCredential credential, AddressFamily family, Rng& rng);

    /// The next datagram, if one is due.
    [[nodiscard]] std::optional<Transmit> poll_transmit();
    /// A datagram from the relay to the client's socket; what does not belong here is ignored. What comes to the
    /// peer's is of no interest.
    void handle_input(Instant now, ByteView datagram);
    void handle_timeout(Instant now);
    /// Nothing once it is over.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] State state() const { return state_; }
    /// Of a failure, for the log: what is wrong and, where it is not plain, what to look at.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// Whether the relay has said anything at all.
    [[nodiscard]] bool was_answered() const { return step_ > Step::kChallenge; }

private:
    enum class Step : std::uint8_t { kChallenge, kAllocate, kPermit, kPass };

    void begin(Instant now, Step step);
    void send(Instant now);
    [[nodiscard]] Transmit write() const;
    void want_relay(stun::MessageBuilder& builder) const;
    void authenticate(stun::MessageBuilder& builder) const;
    [[nodiscard]] ByteBuffer check() const;
    [[nodiscard]] ByteBuffer refresh_to_zero() const;
    void handle_data(const stun::Message& indication);
    void handle_answer(Instant now, const stun::Message& answer);
    void handle_refusal(Instant now, const stun::Message& answer);
    [[nodiscard]] std::string refusal(stun::ErrorCode code) const;
    void fail(std::string why);

    RestCredential credential_;
    AddressFamily family_;
    Rng& rng_;
    std::string realm_;
    std::string nonce_;
    IpAddress own_;         // as the relay sees it
    SocketAddress relayed_; // as the relay tells it
    stun::TransactionId id_;
    Step step_ = Step::kChallenge;
    State state_ = State::kRunning;
    std::string why_;
    std::optional<Transmit> outgoing_;
    Instant resend_at_;
    int sends_ = 0;
    bool renewed_nonce_ = false;
};

} // namespace vv::turn
