// RE-CONFIG (RFC 6525 §3, §4): requests to begin the numbering of streams anew, by
// which data channels are closed, and the answers to them.
#pragma once

#include "base/bytes.h"
#include "sctp/packet.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace vv::sctp {

/// RFC 6525 §4.4.
enum class ReconfigResult : std::uint32_t {
    kNothingToDo = 0,
    kPerformed = 1,
    kDenied = 2,
    kWrongStream = 3,
    kAlreadyInProgress = 4,
    kBadSequence = 5,
    kInProgress = 6,
};

/// RFC 6525 §4.1: the sender's streams that begin anew behind last_tsn. None: all of them.
struct OutgoingReset {
    std::uint32_t request = 0;
    std::uint32_t response = 0; ///< the last request of the other end that was seen
    std::uint32_t last_tsn = 0;
    std::vector<StreamId> streams{};

    friend bool operator==(const OutgoingReset&, const OutgoingReset&) = default;
};

/// RFC 6525 §4.4.
struct ReconfigResponse {
    std::uint32_t request = 0; ///< the one that is answered
    ReconfigResult result{};

    friend bool operator==(const ReconfigResponse&, const ReconfigResponse&) = default;
};

/// What data channels have no use for, and is denied (RFC 6525 §4.2, §4.3, §4.5, §4.6).
struct OtherRequest {
    std::uint32_t request = 0;

    friend bool operator==(const OtherRequest&, const OtherRequest&) = default;
};

using ReconfigParameter = std::variant<OutgoingReset, ReconfigResponse, OtherRequest>;
/// RFC 6525 §3.1.
inline constexpr std::size_t kReconfigParametersMax = 2;

/// Nothing for what may not stand in one, more than kReconfigParametersMax parameters included.
[[nodiscard]] std::optional<std::vector<ReconfigParameter>> parse_reconfig(ByteView value);
/// The bytes that a request for so many streams takes, with the chunk's header.
[[nodiscard]] std::size_t outgoing_reset_size(std::size_t streams);
void write_outgoing_reset(ByteBuffer& out, const OutgoingReset& reset);
void write_reconfig_response(ByteBuffer& out, const ReconfigResponse& response);

} // namespace vv::sctp
