// What a server wants to have to itself, and that it cannot have it in the place it was told. How another place is
// chosen is for the program to say: it alone knows its options.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace vv::net {

enum class Place : std::uint8_t {
    kPages, // the listeners of ServiceConfig
    kRedirect,
    kMetrics,
    kRelay,
    kTurnTcp,
    kNatDiscovery,
    kStateDirectory, // where it should be stands something else
    kStateLock,      // the state directory is another server's
};

/// Thrown where another place would mend it, and only there. what() is one clear line.
class PlaceError : public std::runtime_error {
public:
    PlaceError(Place place, const std::string& what) : std::runtime_error(what), place_(place) {}

    [[nodiscard]] Place place() const { return place_; }

private:
    Place place_;
};

} // namespace vv::net
