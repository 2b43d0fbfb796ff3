// The other end's leave to go on sending on one route (RFC 7675): asked for every
// five seconds or so, gone thirty seconds after the last answer. Its requests
// keep the mappings of NATs on the way alive too (RFC 8445 §11).
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "ice/check_message.h"
#include "ice/path.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace vv::ice {

/// RFC 7675 §5.1: the time between two requests is this, times 0.8 to 1.2.
inline constexpr std::chrono::milliseconds kConsentInterval{5000};
/// The same while the last request has no answer.
inline constexpr std::chrono::milliseconds kConsentRetry{1000};
inline constexpr std::chrono::seconds kConsentTimeout{30};
/// Requests whose answers are still waited for.
inline constexpr std::size_t kConsentRequestsMax = 16;
/// So long nothing at all has come from the other end, whose own requests are at most 6 s apart.
inline constexpr std::chrono::seconds kSilenceMax{7};

class Consent {
public:
    struct Subject {
        Route route;
        CredentialPair between;
        std::uint32_t priority = 0; ///< PRIORITY of the requests
    };

    /// granted_at: when the other end last answered on this route, which a check has done. rng outlives this.
    Consent(Instant now, Instant granted_at, Subject subject, Rng& rng);

    [[nodiscard]] const Route& route() const { return subject_.route; }
    [[nodiscard]] const CredentialPair& between() const { return subject_.between; }

    /// False: no answer to a request from here. An answer that is not authentic counts for nothing.
    bool handle_answer(Instant now, const Route& route, const stun::Message& answer);
    /// Something has come on this route, whatever it is.
    void handle_sign_of_life(Instant now);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Transmit> poll_transmit(const Role& role);
    /// Nothing once it has expired.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// RFC 7675 §5.1: nothing may be sent on this route any more; only a restart of ICE can change that.
    [[nodiscard]] bool has_expired() const { return expired_; }
    /// It may be sent, but for some time nobody has been heard.
    [[nodiscard]] bool is_silent() const { return silent_; }
    [[nodiscard]] Instant granted_at() const { return granted_at_; }
    /// Of the newest answer; each request is sent once, so every answer is a measurement.
    [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }

private:
    struct Request {
        stun::TransactionId id;
        Instant sent_at;
        bool open = false;
    };
    void ask(Instant now);

    Subject subject_;
    Rng& rng_;
    Instant granted_at_;
    Instant heard_at_;
    Instant ask_at_;
    std::array<Request, kConsentRequestsMax> requests_{}; // the oldest gives way
    std::size_t asked_ = 0;
    std::optional<stun::TransactionId> due_;
    std::optional<Duration> round_trip_;
    bool expired_ = false;
    bool silent_ = false;
};

} // namespace vv::ice
