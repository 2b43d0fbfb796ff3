// Writes a compound RTCP packet, one packet after the other, into a buffer of the caller's. A compound begins with a
// report (RFC 3550 §6.1), feedback alone where both ends agreed on it (RFC 5506).
#pragma once

#include "base/bytes.h"
#include "rtp/rtcp.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace vv::rtp {

class RtcpWriter {
public:
    explicit RtcpWriter(ByteBuffer& out) : out_(out), writer_(out) {}

    /// blocks: at most kReportBlocksMax.
    RtcpWriter& add_sender_report(Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks);
    RtcpWriter& add_receiver_report(Ssrc sender, std::span<const ReportBlock> blocks);
    /// cname: 1 to kCnameSizeMax bytes.
    RtcpWriter& add_cname(Ssrc source, std::string_view cname);
    /// sources: at most kReportBlocksMax.
    RtcpWriter& add_goodbye(std::span<const Ssrc> sources);
    /// sequences: at least one, in the order of the wire, as close together as they are.
    RtcpWriter& add_nack(Ssrc sender, Ssrc media, std::span<const std::uint16_t> sequences);
    RtcpWriter& add_picture_loss(Ssrc sender, Ssrc media);
    RtcpWriter& add_full_intra_request(Ssrc sender, const FullIntraRequest::Entry& entry);

private:
    /// Writes the header; gives where the packet began, for end().
    std::size_t begin(RtcpType type, std::size_t count_or_format);
    void end(std::size_t start);
    void write_blocks(std::span<const ReportBlock> blocks);

    ByteBuffer& out_;
    ByteWriter writer_;
};

} // namespace vv::rtp
