// One direction of one call: the bodies of which the server does not know that the
// receiver has them, numbered by the server, each taken from the sender once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vv::lobby {

struct HeldBody {
    std::uint64_t sequence = 0;
    std::uint64_t id = 0;
    std::string body;
};

class BodyQueue {
public:
    /// For a call that began in an earlier life of the server: any first id is right.
    static BodyQueue after_restart() {
        BodyQueue queue;
        queue.any_id_ = true;
        return queue;
    }

    enum class Offer : std::uint8_t { kTaken, kRepeated, kSkipped, kFull };
    /// kTaken moves the body in (it is newest()). kRepeated: had it. kSkipped: an id before it was not taken.
    /// has_room: false if this direction has its share of the server's memory; then a new body is kFull.
    Offer offer(std::uint64_t id, std::string& body, bool has_room = true);
    /// After kTaken.
    [[nodiscard]] const HeldBody& newest() const { return held_.back(); }
    /// The receiver has everything up to this sequence. Returns the bytes let go.
    std::size_t trim(std::uint64_t sequence);
    /// Oldest first.
    [[nodiscard]] const std::vector<HeldBody>& held() const { return held_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    std::vector<HeldBody> held_;
    std::size_t bytes_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint64_t last_id_ = 0;
    bool any_id_ = false;
};

} // namespace vv::lobby
