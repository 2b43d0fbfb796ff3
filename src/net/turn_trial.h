// Whether a relay works for those who come by one transport: gets two relayed
// addresses from it and has an ICE check and its answer go from one to the other and
// back, so that both directions of both have been met. Nothing but this machine and
// the relay has part in it.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "net/event_loop.h"
#include "net/turn_link.h"
#include "stun/message.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vv::net {

/// Between two checks that have not come back.
inline constexpr std::chrono::milliseconds kTurnTrialResend{250};

class TurnTrial final : TimerHandler {
public:
    /// How far it came: what is awaited.
    enum class Step : std::uint8_t { kRelay, kPermission, kPacket, kDone };
    struct Outcome {
        Step step = Step::kRelay;
        Duration relay{};                    ///< until both relayed addresses were there
        Duration round_trip{};               ///< of the check, from one relayed address to the other and back
        std::optional<FetchError> failure{}; ///< of the way to the relay
        std::optional<turn::Ended> ended{};  ///< by which a relayed address was lost, or was none
        std::uint16_t refused = 0;           ///< the relay's error about the permission; 0: none

        [[nodiscard]] bool works() const { return step == Step::kDone; }
    };
    /// Called once, from a round of the loop. It may not destroy this.
    using Done = std::function<void(const Outcome&)>;

    /// loop and rng outlive this.
    TurnTrial(EventLoop& loop, const TurnLogin& login, Duration time_max, Rng& rng, Done done);
    TurnTrial(const TurnTrial&) = delete;
    TurnTrial& operator=(const TurnTrial&) = delete;
    ~TurnTrial() = default;

private:
    struct End {
        std::unique_ptr<TurnLink> link{};
        SocketAddress relayed{};
        bool has_relay = false;
        bool is_permitted = false; ///< the other end's address here
    };

    void handle_timeout(Timer& timer, Instant now) override;
    void handle_event(std::size_t index, const turn::ClientEvent& event);
    void handle_heard(std::size_t index, const SocketAddress& from, ByteView payload);
    void permit_each_other();
    void send_check();
    [[nodiscard]] ByteBuffer check() const;
    [[nodiscard]] ByteBuffer answer_to(ByteView payload) const;
    void finish();

    EventLoop& loop_;
    Done done_;
    std::string key_; // of the check, which nobody else can make
    stun::TransactionId id_;
    std::array<End, 2> ends_{};
    Outcome outcome_{};
    Instant begun_at_;
    Instant sent_at_{};
    Timer resend_;
    Timer deadline_;
};

} // namespace vv::net
