// RTCP as it is said (RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3): what a compound packet holds, read into values that
// own what they hold. What we do not know is passed over: REMB, transport-wide feedback, extended reports.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "rtp/ntp.h"
#include "rtp/packet.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vv::rtp {

/// Packets in one compound packet; it bounds what a datagram can make us hold.
inline constexpr std::size_t kRtcpPacketsMax = 32;
/// What five bits can say: report blocks, chunks, sources.
inline constexpr std::size_t kReportBlocksMax = 31;
/// An SDES item's length is a byte.
inline constexpr std::size_t kCnameSizeMax = 255;

enum class RtcpType : std::uint8_t {
    kSenderReport = 200,
    kReceiverReport = 201,
    kSourceDescription = 202,
    kGoodbye = 203,
    kTransportFeedback = 205,
    kPayloadFeedback = 206,
};
/// RFC 4585 §6.2, §6.3; RFC 5104 §4.3.1.
inline constexpr std::uint8_t kFormatNack = 1;
inline constexpr std::uint8_t kFormatPli = 1;
inline constexpr std::uint8_t kFormatFir = 4;

/// RFC 3550 §6.4.1: what a receiver says of one source.
struct ReportBlock {
    Ssrc source;
    std::uint8_t fraction_lost = 0;     ///< in 1/256, since the report before
    std::int32_t cumulative_lost = 0;   ///< 24 bits; below zero with duplicates
    std::uint32_t highest_sequence = 0; ///< with the number of wraps in the upper half
    std::uint32_t jitter = 0;           ///< in units of the timestamp
    std::uint32_t last_report = 0;      ///< the middle of the last sender report's time; 0: none yet
    std::uint32_t delay = 0;            ///< since then, in 1/65536 s

    friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};
inline constexpr std::int32_t kCumulativeLostMax = 0x7FFFFF;
inline constexpr std::int32_t kCumulativeLostMin = -0x800000;

/// What a sender says of itself.
struct SenderInfo {
    NtpTime ntp = 0;
    std::uint32_t rtp_timestamp = 0; ///< of the same moment
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;

    friend bool operator==(const SenderInfo&, const SenderInfo&) = default;
};

struct SenderReport {
    Ssrc sender;
    SenderInfo info;
    std::vector<ReportBlock> blocks;
    friend bool operator==(const SenderReport&, const SenderReport&) = default;
};
struct ReceiverReport {
    Ssrc sender;
    std::vector<ReportBlock> blocks;
    friend bool operator==(const ReceiverReport&, const ReceiverReport&) = default;
};
/// Of everything a source can say of itself we take its canonical name.
struct SourceDescription {
    struct Chunk {
        Ssrc source;
        std::string cname; ///< empty: it has said none
        friend bool operator==(const Chunk&, const Chunk&) = default;
    };
    std::vector<Chunk> chunks;
    friend bool operator==(const SourceDescription&, const SourceDescription&) = default;
};
struct Goodbye {
    std::vector<Ssrc> sources;
    std::string reason;
    friend bool operator==(const Goodbye&, const Goodbye&) = default;
};
/// RFC 4585 §6.2.1: packets that have not come.
struct Nack {
    Ssrc sender;
    Ssrc media;
    std::vector<std::uint16_t> sequences; ///< in the order they were said
    friend bool operator==(const Nack&, const Nack&) = default;
};
/// RFC 4585 §6.3.1: a picture cannot be decoded for something that is lost.
struct PictureLoss {
    Ssrc sender;
    Ssrc media;
    friend bool operator==(const PictureLoss&, const PictureLoss&) = default;
};
/// RFC 5104 §4.3.1: a full picture, please. The number tells a repetition from another request.
struct FullIntraRequest {
    struct Entry {
        Ssrc media;
        std::uint8_t number = 0;
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    Ssrc sender;
    std::vector<Entry> entries;
    friend bool operator==(const FullIntraRequest&, const FullIntraRequest&) = default;
};
/// Well formed, and nothing to us.
struct UnknownRtcp {
    std::uint8_t type = 0;
    std::uint8_t format = 0; ///< the five bits behind the version
    friend bool operator==(const UnknownRtcp&, const UnknownRtcp&) = default;
};

using RtcpPacket = std::variant<SenderReport, ReceiverReport, SourceDescription, Goodbye, Nack, PictureLoss,
                                FullIntraRequest, UnknownRtcp>;

enum class RtcpError : std::uint8_t {
    kTooShort,       ///< empty, or ends inside a header or a packet
    kBadVersion,     ///< no version 2
    kBadPadding,     ///< not in whole words, more than there is, or before the last packet (RFC 3550 §6.4.1)
    kBadBody,        ///< a packet that we know says more than it holds
    kTooManyPackets, ///< more than kRtcpPacketsMax
};

/// Any packet may come first and stand alone (RFC 5506), as browsers agree on.
[[nodiscard]] Result<std::vector<RtcpPacket>, RtcpError> parse_rtcp(ByteView compound);

} // namespace vv::rtp
