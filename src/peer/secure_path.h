// The path that ICE finds and DTLS over it: begins the handshake once a pair is
// valid, sorts what comes (RFC 7983) and lets nothing in but from valid pairs.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "dtls/certificate.h"
#include "dtls/session.h"
#include "ice/agent.h"
#include "peer/config.h"
#include "peer/event.h"

#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace vv::peer {

/// RTP or RTCP, protected.
struct MediaPacket {
    ByteBuffer bytes;
};
struct DataPacket {
    ByteBuffer bytes;
};
using Happening = std::variant<ice::CandidateFound, ice::GatheringDone, ice::NameToResolve, ice::PathChanged,
                               dtls::Connected, dtls::Closed, dtls::Failed, MediaPacket, DataPacket>;

class SecurePath {
public:
    /// rng outlives this.
    SecurePath(const Config& config, dtls::Certificate certificate, Rng& rng);

    /// Whoever calls it calls settle() afterwards.
    [[nodiscard]] ice::Agent& agent() { return agent_; }
    [[nodiscard]] const ice::Agent& agent() const { return agent_; }
    /// Whom DTLS has to meet, and in which role; the first time counts.
    void set_partner(dtls::Role role, const std::vector<crypto::Fingerprint>& fingerprints);

    void handle_input(Instant now, const ice::Route& route, ByteView packet, Counters& counters);
    void handle_timeout(Instant now);
    void settle(Instant now, Counters& counters);
    /// To be taken until there is none after each of the three above.
    [[nodiscard]] std::optional<Happening> poll();

    /// Of SCTP, one packet at a time: poll_transmit() has it.
    void send_data(ByteView packet);
    [[nodiscard]] std::optional<ice::Transmit> poll_transmit(Counters& counters);
    /// The same of DTLS alone.
    [[nodiscard]] std::optional<ice::Transmit> poll_datagram(Counters& counters);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    void close() { dtls_.close(); }

    [[nodiscard]] bool is_secure() const { return dtls_.is_connected(); }
    [[nodiscard]] std::size_t data_max() const { return dtls_.send_max(); }
    [[nodiscard]] const dtls::Session& dtls() const { return dtls_; }

private:
    void sort(Instant now, ByteView packet, Counters& counters);
    void take(Instant now, ice::Event& event, Counters& counters);
    void follow_path(Instant now);

    ice::Agent agent_;
    dtls::Session dtls_;
    std::optional<dtls::SessionConfig> partner_;
    bool has_started_ = false;
    std::optional<Duration> round_trip_; // that DTLS was told
    std::deque<Happening> happened_;
};

} // namespace vv::peer
