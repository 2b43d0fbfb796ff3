// One look at whether a relay works, with real sockets: its addresses are tried
// one after another (turn/relay_probe) until it works at one of them.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "net/unique_fd.h"
#include "turn/relay_probe.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

class RegionTrial {
public:
    enum class State : std::uint8_t {
        kRunning,
        kWorks,
        kFailed,
        kPutOff, ///< this machine has no descriptor or memory left, which says nothing about the relay
    };
    using MakeCredential = std::function<turn::RestCredential()>;

    /// places: at least one; in this order. rng outlives the trial.
    RegionTrial(Instant now, std::vector<SocketAddress> places, MakeCredential make_credential, Rng& rng);

    /// Further ones, to be tried last; those it knows are passed over.
    void add_places(const std::vector<SocketAddress>& places);
    /// What has come, if anything has, what is due, and the next place where the one before did not work.
    void exchange(Instant now, bool is_readable);

    [[nodiscard]] State state() const { return state_; }
    /// While it runs: what to wait on for input, and until when at most.
    [[nodiscard]] int fd() const { return client_.value(); }
    [[nodiscard]] Instant deadline() const;
    /// Where it works.
    [[nodiscard]] const SocketAddress& place() const { return places_.at(next_ - 1); }
    /// Of a failure: what was wrong where the relay said most. Else why it is put off.
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    void begin_next(Instant now);
    [[nodiscard]] bool connect_to(const SocketAddress& place);
    void receive(Instant now);
    void send(const turn::RelayProbe::Transmit& out);
    void send_from_peer(const SocketAddress& to, ByteView bytes);
    void note_failure(std::string_view why, bool was_answered);

    std::vector<SocketAddress> places_;
    std::size_t next_ = 0; // the one behind that which is tried
    MakeCredential make_credential_;
    Rng& rng_;
    UniqueFd client_; // hears this relay only
    UniqueFd peer_;
    std::unique_ptr<turn::RelayProbe> probe_; // while it runs
    State state_ = State::kRunning;
    std::string why_;
    bool was_answered_ = false; // where why_ is from
};

} // namespace vv::net
