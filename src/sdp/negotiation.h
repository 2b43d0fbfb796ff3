// Offers and answers (RFC 3264, 8829): out of what this end can do and wants, and
// of what the other has offered, a description of ours. Everything is bundled on
// one transport with RTP and RTCP together; an m= section that cannot be so is
// rejected, and so is a second one of a kind.
#pragma once

#include "base/result.h"
#include "sdp/capabilities.h"
#include "sdp/description.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::sdp {

/// What of ours is sent in a section.
struct Track {
    Msid msid;
    std::string cname;
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0; ///< used where RTX is agreed on

    friend bool operator==(const Track&, const Track&) = default;
};

struct MediaWish {
    bool receive = true;
    std::optional<Track> send;
};

/// This end as it wants to be described.
struct LocalEnd {
    Origin origin;
    Transport transport; ///< setup: the role in an offer (nothing: either), and in an answer where it is left to us
    std::vector<std::string> candidates;
    bool has_all_candidates = false;
    std::optional<MediaWish> audio; ///< nothing: not wanted
    std::optional<MediaWish> video;
    bool data = false;

    [[nodiscard]] const std::optional<MediaWish>& of(Kind kind) const { return kind == Kind::kAudio ? audio : video; }
};

/// Why there is no answer, or none that can be taken.
using Refusal = std::string_view;

/// current: the description of ours that holds by now, whether it was an offer or an answer; null at first. Its
/// sections stay where they are with what was agreed on, what it rejects stays rejected, and new ones come behind.
[[nodiscard]] Description make_offer(const Capabilities& capabilities, const LocalEnd& local,
                                     const Description* current = nullptr);

/// The offer is one that has been parsed, and was checked by check_next_offer if it is not the first.
[[nodiscard]] Result<Description, Refusal> make_answer(const Description& offer, const Capabilities& capabilities,
                                                       const LocalEnd& local);

/// Of the end whose description this is: what its transport is, out of the section that speaks for the others
/// (RFC 9143 §7.2); null if every section is rejected.
[[nodiscard]] const Media* bundle_section(const Description& description);

} // namespace vv::sdp
