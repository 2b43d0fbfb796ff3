// The chunks that carry data and account for it: DATA and SACK (RFC 9260 §3.3.1,
// §3.3.4) and FORWARD TSN (RFC 3758 §3.2).
#pragma once

#include "base/bytes.h"
#include "sctp/packet.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vv::sctp {

inline constexpr std::size_t kDataHeaderSize = 16;
inline constexpr std::size_t kSackHeaderSize = 16;
inline constexpr std::size_t kGapBlockSize = 4;

/// What a message is, to whom it is for (RFC 8831 §8); numbers without a name here occur.
enum class Ppid : std::uint32_t {
    kDcep = 50,
    kString = 51,
    kBinary = 53,
    kStringEmpty = 56,
    kBinaryEmpty = 57,
};

struct DataChunk {
    std::uint32_t tsn = 0;
    StreamId stream{};
    std::uint16_t ssn = 0;
    Ppid ppid{};
    bool is_unordered = false;
    bool is_begin = false;
    bool is_end = false;
    bool wants_sack = false; ///< RFC 7053
    ByteView payload{};      ///< never empty
};

[[nodiscard]] std::optional<DataChunk> parse_data(const Chunk& chunk);
void write_data(ByteBuffer& out, const DataChunk& data);

/// Received beyond the cumulative TSN, as distances from it: the first and the last.
struct GapBlock {
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    friend bool operator==(const GapBlock&, const GapBlock&) = default;
};

/// A SACK in its packet. The blocks are read as they are asked for.
struct SackView {
    std::uint32_t cumulative_tsn = 0;
    std::uint32_t receive_window = 0;
    ByteView gap_bytes;
    ByteView duplicate_bytes;

    [[nodiscard]] std::size_t gap_count() const { return gap_bytes.size() / kGapBlockSize; }
    [[nodiscard]] GapBlock gap(std::size_t index) const;
    [[nodiscard]] std::size_t duplicate_count() const { return duplicate_bytes.size() / 4; }
    [[nodiscard]] std::uint32_t duplicate(std::size_t index) const;
};

/// Nothing also for blocks that are not in order or overlap: what they say must be sayable in one pass.
[[nodiscard]] std::optional<SackView> parse_sack(ByteView value);

struct SackParts {
    std::uint32_t cumulative_tsn = 0;
    std::uint32_t receive_window = 0;
    std::span<const GapBlock> gaps{};
    std::span<const std::uint32_t> duplicates{};
};
void write_sack(ByteBuffer& out, const SackParts& sack);

/// RFC 3758 §3.2: the last message of a stream that will not come any more.
struct SkippedStream {
    StreamId stream;
    std::uint16_t ssn = 0;

    friend bool operator==(const SkippedStream&, const SkippedStream&) = default;
};

struct ForwardTsnView {
    std::uint32_t new_cumulative_tsn = 0;
    ByteView stream_bytes;

    [[nodiscard]] std::size_t stream_count() const { return stream_bytes.size() / kSkippedStreamSize; }
    [[nodiscard]] SkippedStream stream(std::size_t index) const;

    static constexpr std::size_t kSkippedStreamSize = 4;
};

[[nodiscard]] std::optional<ForwardTsnView> parse_forward_tsn(ByteView value);
void write_forward_tsn(ByteBuffer& out, std::uint32_t new_cumulative_tsn, std::span<const SkippedStream> streams);

} // namespace vv::sctp
