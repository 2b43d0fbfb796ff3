// What is left of the generation before a restart: its path goes on carrying data
// until the new generation has nominated one (RFC 8445 §9). It is kept alive and
// answers the peer's requests, and checks nothing any more.
#pragma once

#include "base/instant.h"
#include "ice/consent.h"
#include "ice/path.h"
#include "ice/session.h"

#include <deque>
#include <optional>
#include <vector>

namespace vv::ice {

class PreviousPath {
public:
    /// session: one that has a path. The consent it has goes on.
    PreviousPath(const Session& session, const PathInfo& info);

    [[nodiscard]] const Credentials& local_credentials() const { return consent_.between().local; }
    [[nodiscard]] const PathInfo& info() const { return info_; }
    [[nodiscard]] const Consent& consent() const { return consent_; }
    /// Of a pair that was valid: what comes by it is data.
    [[nodiscard]] bool is_valid(const Route& route) const;

    /// request: authentic under local_credentials().
    void handle_request(Instant now, const Route& route, const stun::Message& request);
    bool handle_answer(Instant now, const Route& route, const stun::Message& answer);
    void handle_sign_of_life(Instant now, const Route& route);
    void handle_timeout(Instant now) { consent_.handle_timeout(now); }
    [[nodiscard]] std::optional<Transmit> poll_transmit(const Role& role);
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return consent_.poll_timeout(); }

private:
    Consent consent_;
    PathInfo info_;
    std::vector<Route> valid_;
    std::deque<Transmit> answers_;
};

} // namespace vv::ice
