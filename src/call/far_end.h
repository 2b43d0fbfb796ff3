// Whether each end's packets go to the other device itself (docs/protocol.md, `ends`).
// A server that names other addresses than the true ones can stand in a way that looks
// direct, passing sealed packets on unread; what it cannot do is to have an address that
// the partner's device finds on its own network card. So each end says where its packets
// go, and the other whether it is there.
#pragma once

#include "base/socket_address.h"
#include "caller/control.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::call {

/// Whether an address is meant for one device in the world: any home may have a 192.168.1.2.
[[nodiscard]] bool is_of_one(const IpAddress& ip);

class FarEnd {
public:
    /// to: the remote address of the path, where neither end of that is a relay's. at: this end's own addresses.
    void take(const std::optional<IpAddress>& to, std::vector<IpAddress> at);
    void handle(const caller::EndsControl& theirs);
    /// There is another connection, of which nothing is known.
    void leave();
    /// The control channel took what poll_message() gave.
    void handle_said(caller::EndsControl said) { said_ = std::move(said); }

    /// What the partner is to be told, where it is not what it was told last.
    [[nodiscard]] std::optional<caller::EndsControl> poll_message() const;
    /// Each of the two sends to an address that the other has itself.
    [[nodiscard]] bool is_reached() const;

private:
    [[nodiscard]] caller::EndsControl own() const;
    [[nodiscard]] bool is_here(std::string_view address) const;

    std::optional<IpAddress> to_;
    std::vector<IpAddress> at_;
    caller::EndsControl theirs_;
    caller::EndsControl said_;
};

} // namespace vv::call
