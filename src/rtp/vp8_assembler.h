// Puts pictures of VP8 together again from packets in any order (RFC 7741 §4.4), and gives them out in order. What is
// missing is waited for; where the next whole picture is there already it goes on with that one, and where waiting is
// of no use it says that one is wanted.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "rtp/packet.h"
#include "rtp/unwrapper.h"
#include "rtp/vp8.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace vv::rtp {

/// Packets held for pictures that are not whole, and the bytes in them.
inline constexpr std::size_t kFragmentsMax = 1024;
inline constexpr std::size_t kFragmentBytesMax = 2U << 20U;
/// Pictures that are whole and have not been taken.
inline constexpr std::size_t kPicturesMax = 64;
/// How long a missing packet is waited for before a whole picture is asked for: two ways there and back over an ocean.
inline constexpr std::chrono::milliseconds kRepairWait{600};

struct Picture {
    std::uint32_t timestamp = 0;
    std::uint16_t last_sequence = 0;
    Vp8PictureHead head{};
    ByteBuffer bytes{};
};

class Vp8Assembler {
public:
    /// Packets of one source, in any order; late and repeated ones are passed over.
    void handle_packet(Instant now, const Packet& packet);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// The next picture; what it needs has been given out before.
    [[nodiscard]] std::optional<Picture> poll_picture();
    /// Something that is needed has not come for long, or never will: a whole picture should be asked for, until one
    /// comes or what was missing does.
    [[nodiscard]] bool needs_keyframe() const { return !is_unbroken_ || has_waited_; }
    [[nodiscard]] std::size_t held() const { return fragments_.size(); }
    /// Pictures that were begun or never seen, and passed over.
    [[nodiscard]] std::uint64_t skips() const { return skips_; }

private:
    struct Fragment {
        std::uint32_t timestamp = 0;
        bool is_last = false;
        bool starts_picture = false;
        bool is_key = false; // of the first
        ByteBuffer data{};   // empty: padding between two pictures
    };
    using Fragments = std::map<std::int64_t, Fragment>;

    [[nodiscard]] static std::optional<Fragment> read(const Packet& packet);
    void advance(Instant now);
    /// Behind the last packet of the picture that begins here; nothing: it is not all there.
    [[nodiscard]] std::optional<Fragments::const_iterator> end_of_picture(Fragments::const_iterator first) const;
    [[nodiscard]] bool give_out_next();
    [[nodiscard]] bool jump_to_keyframe();
    void give_out(Fragments::const_iterator first, Fragments::const_iterator end);
    void drop(Fragments::const_iterator first, Fragments::const_iterator end);
    void give_up();

    SequenceUnwrapper sequences_;
    Fragments fragments_;
    std::size_t bytes_ = 0;
    std::optional<std::int64_t> next_; // where the next picture begins; nothing before the first
    std::optional<Instant> blocked_since_;
    bool is_unbroken_ = false; // everything since a whole picture was given out, up to next_
    bool has_waited_ = false;
    std::uint64_t skips_ = 0;
    std::deque<Picture> pictures_;
};

} // namespace vv::rtp
