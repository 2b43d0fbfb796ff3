// A connection that broke: when ICE is restarted to mend it, when that is to be over
// another connection, and when it is given up.
//
// An interruption that ends by itself is left alone; one that does not is not left until
// it counts as failed. What no restart brings back is tried over another connection: a
// handshake that failed, and DTLS that one end has closed.
//
// A pure policy, as web/core/mending.ts is: what happens to the connection goes in, what
// is due and when comes out.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <optional>

namespace vv::call {

/// From the moment nothing arrives any more, which ICE says after some seconds.
inline constexpr std::chrono::seconds kShakyTime{2};
/// A restart gets this long before the next.
inline constexpr std::chrono::seconds kRestartAgainTime{8};
/// Where there is a sign that a restart would help now.
inline constexpr std::chrono::seconds kSignAgainTime{1};
/// One that helped, and not for long, is followed by the next after this, twice as long each time.
inline constexpr std::chrono::seconds kFlappingTime{1};
/// A path that has held for this long is a good one: what breaks then is something new.
inline constexpr std::chrono::seconds kCalmTime{10};
/// More restarts than this in one trouble follow each other less often.
inline constexpr unsigned kEagerRestarts = 8;
inline constexpr std::chrono::seconds kSlowRestartTime{20};
/// One that never was is given up after its checks have failed for this long: more addresses may be told.
inline constexpr std::chrono::seconds kNeverTime{8};
/// Other connections in one trouble: so many that an end may want for itself as soon as it needs them.
inline constexpr unsigned kRenewalsMax = 2;

enum class Trouble : std::uint8_t { kNone, kInterrupted, kFailed };

class Mending {
public:
    /// It works, or did before it broke.
    [[nodiscard]] bool was_connected() const { return has_connected_; }
    [[nodiscard]] bool is_broken() const { return since_.has_value(); }
    /// The surest sign of it.
    [[nodiscard]] Trouble trouble() const;
    /// Added where the other end sees the same and may act on it first: once is enough.
    void set_patience(Duration patience) { patience_ = patience; }

    void handle_connected(Instant now);
    /// Checks run again, by either end's restart.
    void handle_checking();
    /// A broken connection may be mended at once: what was tried before was of another network.
    void handle_sign(Instant now);
    [[nodiscard]] bool has_sign() const { return sign_.has_value(); }
    void handle_interrupted(Instant now);
    /// is_dtls_over: whatever path is found, nothing will be sent over it.
    void handle_failed(Instant now, bool is_dtls_over);

    /// The next restart is to be one over another connection.
    [[nodiscard]] bool wants_renewal(Instant now) const;
    /// The partner cannot go on with the present one.
    void handle_renewal_wanted();
    /// Whether the restart that begins now, or is asked for, is one over another connection. So until there is one.
    [[nodiscard]] bool take_renewal(Instant now);
    /// Both ends have wanted as many as they may, and more; or another so soon that it is not due.
    [[nodiscard]] bool renews_too_often(Instant now) const;
    /// Another connection has taken the former's place, whoever wanted it.
    void handle_renewed(Instant now);

    /// ICE is restarted, by whichever end, or the partner has been asked to.
    void handle_restart(Instant now);
    [[nodiscard]] bool wants_restart(Instant now) const;
    /// Nothing can bring it back.
    [[nodiscard]] bool is_hopeless(Instant now) const;
    /// When something is due.
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

private:
    void handle_dtls_over(Instant now);
    void begin_trouble(Instant now);
    void settle(Instant now);
    [[nodiscard]] std::optional<Instant> restart_due() const;
    [[nodiscard]] Duration pause() const;

    bool has_connected_ = false;
    // Since when each is so, and since when any is.
    std::optional<Instant> interrupted_;
    std::optional<Instant> failed_;
    std::optional<Instant> since_;
    std::optional<Instant> sign_; // that the network has changed, since the last restart
    std::optional<Instant> restarted_;
    unsigned restarts_ = 0;
    bool was_tried_ = false; // in this trouble
    std::optional<Instant> healed_;
    bool is_dead_ = false; // nothing is sent over the present connection any more: this end's DTLS, or the partner's
    bool is_dtls_over_ = false; // this end's is
    bool is_renewal_urgent_ = false;
    std::optional<Instant> renewal_at_; // from then on a restart is due for that reason alone
    unsigned renewals_wanted_ = 0;      // of this trouble's, by this end
    unsigned renewals_ = 0;             // and all there were
    std::optional<Instant> renewed_at_;
    Duration patience_{};
};

} // namespace vv::call
