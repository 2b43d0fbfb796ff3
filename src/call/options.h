// Where a call is looked for, and what this end brings to it.
#pragma once

#include "caller/client.h"
#include "caller/link.h"
#include "lobby/ids.h"

#include <string>
#include <variant>

namespace vv::call {

struct Room {
    std::string tag; ///< a language, as the server lists it
    lobby::Need need = lobby::Need::kAny;
    std::vector<std::string> topics{};
};
/// caller::read_fragment() reads the key of a link, caller::make_link() writes a new one's.
struct Link {
    caller::LinkKey key{};
    lobby::Bytes16 seat{}; ///< of this participant, random; the same again takes the place of a lost one
};
using Place = std::variant<Room, Link>;

/// Which of the server's relays are asked. For those who check one; else all.
struct RelayWays {
    bool udp = true;
    bool tcp = true;
    bool tls = true;
};

struct Options {
    Place place{};
    bool sends_sound = true;
    bool sends_picture = true;
    /// Whoever is met in a room is accepted without asking. By a private link that is so in any case.
    bool accepts = false;
    /// The partner learns no address of this end but a relay's.
    bool hides_address = false;
    /// The same path, though nothing is to be hidden: every relay that the server names is asked, and the partner hears
    /// nothing of it beforehand.
    bool is_relay_only = false;
    RelayWays relay_ways{};
};

} // namespace vv::call
