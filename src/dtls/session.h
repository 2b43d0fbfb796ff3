// One DTLS 1.2 session (RFC 6347) between the two ends of a call, over OpenSSL
// and without a socket or a clock: makes the keys of SRTP (RFC 5764) and carries
// the packets of SCTP (RFC 8261).
//
// The driver hands in what came over the path that ICE has validated, and sends
// what poll_transmit gives over that path. Datagrams may come before start(), as
// the partner may be ready first; a few of them are kept for it. Who the partner
// is says its fingerprint alone: without a certificate that it fits there is no
// session in either role.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "crypto/fingerprint.h"
#include "crypto/hash.h"
#include "dtls/certificate.h"
#include "dtls/retransmit_timer.h"
#include "dtls/session_limits.h"
#include "dtls/srtp_keys.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vv::dtls {

/// RFC 7983 §7: the first bytes of DTLS among the protocols that share a media port.
[[nodiscard]] constexpr bool looks_like_dtls(std::uint8_t first_byte) {
    return first_byte >= 20 && first_byte <= 63;
}

/// a=setup (RFC 8842 §5.1): the active end sends the first message and is the client.
enum class Role : std::uint8_t { kActive, kPassive };

struct SessionConfig {
    Role role = Role::kActive;
    /// From the signaling; at least one. See is_certificate_of.
    std::vector<crypto::Fingerprint> partner;
    /// Of the path, as ICE has measured it.
    Duration round_trip = std::chrono::milliseconds(100);
    /// Payload of a datagram, kMtuMin to kMtuMax; the fallback is not larger.
    std::size_t mtu = kMtuDefault;
    std::size_t fallback_mtu = kMtuFallback;
};

/// The partner is who it should be, and data may be sent.
struct Connected {
    std::string cipher;             ///< OpenSSL's name of it
    std::optional<SrtpKeys> srtp;   ///< nothing: the partner has no profile of ours
    crypto::Sha256Digest partner{}; ///< of its certificate, in DER
};
struct Received {
    ByteBuffer data;
};
/// The partner has said that it ends the session.
struct Closed {};
/// There is no session, and will be none.
struct Failed {
    enum class Why : std::uint8_t {
        kWrongFingerprint, ///< the partner has another certificate than was signaled
        kNoCertificate,    ///< the partner has none
        kAlert,            ///< the partner gave up, for what its alert says
        kTimeout,          ///< the partner does not answer
        kProtocol,         ///< nothing in common with the partner, or what it says is no DTLS
    };
    Why why = Why::kProtocol;
    std::optional<std::uint8_t> alert; ///< of kAlert: RFC 5246 §7.2's number
};
using Event = std::variant<Connected, Received, Closed, Failed>;

enum class SendError : std::uint8_t {
    kNotConnected, ///< not yet, or no more
    kBadSize,      ///< nothing, or more than send_max()
    kQueueFull,    ///< what was sent before waits to be fetched
};

struct SessionCounters {
    std::uint64_t retransmissions = 0; ///< flights that were sent again because nobody answered
    std::uint64_t dropped_in = 0;      ///< datagrams that are no DTLS, too large, too many, or after the end
    std::uint64_t dropped_data = 0;    ///< application data that nobody fetched
    std::uint64_t dropped_out = 0;     ///< datagrams that nobody fetched
};

class Session {
public:
    explicit Session(Certificate certificate);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Once; without effect after close(). The active end says hello; what has come early is looked at.
    void start(Instant now, SessionConfig config);
    void handle_input(Instant now, ByteView datagram);
    void handle_timeout(Instant now);
    /// From the next flight on.
    void set_round_trip(Duration round_trip) { timer_.set_round_trip(round_trip); }

    /// One datagram's worth, which arrives or not.
    [[nodiscard]] Result<void, SendError> send(ByteView data);
    /// Tells the partner; nothing comes after it.
    void close();

    /// The bytes of a datagram for the partner.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    [[nodiscard]] bool is_connected() const { return state_ == State::kConnected; }
    /// What the path is known to carry: less once a flight had to be made smaller.
    [[nodiscard]] std::size_t data_max() const { return mtu_ - kRecordOverhead; }
    /// What send() takes at most: flights that were lost in vain may have been lost like any other packet.
    [[nodiscard]] std::size_t send_max() const { return config_.mtu - kRecordOverhead; }
    [[nodiscard]] SessionCounters counters() const;

private:
    enum class State : std::uint8_t { kIdle, kHandshake, kConnected, kEnded };
    struct Tls;

    void keep_early(ByteView datagram);
    /// Gives OpenSSL the datagram, or nothing, and takes what comes of it.
    void drive(Instant now, ByteView datagram);
    void take_buffers();
    void give_back_buffers();
    void continue_handshake(Instant now);
    void read_data();
    void take(ByteView data);
    void follow_timer(Instant now);
    void retransmit(Instant now);
    [[nodiscard]] std::optional<SrtpKeys> export_srtp() const;
    /// After a call of OpenSSL's that did not do what it should.
    void judge(int result);
    [[nodiscard]] Failed why_failed() const;
    void fail(const Failed& failed);
    void end();

    Certificate certificate_;
    SessionConfig config_;
    std::size_t mtu_ = kMtuDefault;
    State state_ = State::kIdle;
    std::unique_ptr<Tls> tls_; // while there is a session; its queue of datagrams stays
    RetransmitTimer timer_;
    Instant handshake_deadline_;
    std::vector<ByteBuffer> early_;
    std::deque<Event> events_;
    std::size_t received_ = 0; // events that are Received, and their bytes
    std::size_t received_size_ = 0;
    SessionCounters counters_;
};

} // namespace vv::dtls
