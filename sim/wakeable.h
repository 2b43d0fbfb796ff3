// Whoever in the world has a clock to follow: an application, a stream. The
// world calls it when its time has come, and asks each time when that is next.
#pragma once

#include "base/instant.h"

#include <cstddef>
#include <optional>

namespace vv::sim {

class World;

class Wakeable {
public:
    explicit Wakeable(World& world);
    Wakeable(const Wakeable&) = delete;
    Wakeable& operator=(const Wakeable&) = delete;
    virtual ~Wakeable();

    /// now: of the world, as is next_wake.
    virtual void wake(Instant now) = 0;
    [[nodiscard]] virtual std::optional<Instant> next_wake() const = 0;

    /// Something has happened to it from outside, and next_wake may say something else.
    void reschedule();

private:
    World& world_;
    std::size_t slot_;
};

} // namespace vv::sim
