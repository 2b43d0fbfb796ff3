#include "rtp/rtcp_writer.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::rtp {
namespace {

constexpr std::uint8_t kCnameItem = 1;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kLengthOffset = 2;
// RFC 4585 §6.2.1: one number and sixteen behind it.
constexpr std::uint16_t kNackReach = 16;

} // namespace

std::size_t RtcpWriter::begin(RtcpType type, std::size_t count_or_format) {
    VV_ASSERT(count_or_format <= kReportBlocksMax);
    const std::size_t start = out_.size();
    writer_.write_u8(static_cast<std::uint8_t>((kVersion << 6U) | count_or_format));
    writer_.write_u8(static_cast<std::uint8_t>(type));
    writer_.write_u16(0);
    return start;
}

void RtcpWriter::end(std::size_t start) {
    writer_.write_zeros((4 - (out_.size() - start) % 4) % 4);
    const std::size_t words = (out_.size() - start - kHeaderSize) / 4;
    VV_ASSERT(words <= 0xFFFF);
    writer_.patch_u16(start + kLengthOffset, static_cast<std::uint16_t>(words));
}

void RtcpWriter::write_blocks(std::span<const ReportBlock> blocks) {
    for (const ReportBlock& block : blocks) {
        writer_.write_u32(block.source.value());
        const std::int32_t lost = std::clamp(block.cumulative_lost, kCumulativeLostMin, kCumulativeLostMax);
        writer_.write_u32((std::uint32_t{block.fraction_lost} << 24U) | (static_cast<std::uint32_t>(lost) & 0xFFFFFFU));
        writer_.write_u32(block.highest_sequence);
        writer_.write_u32(block.jitter);
        writer_.write_u32(block.last_report);
        writer_.write_u32(block.delay);
    }
}

RtcpWriter& RtcpWriter::add_sender_report(Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks) {
    const std::size_t start = begin(RtcpType::kSenderReport, blocks.size());
    writer_.write_u32(sender.value());
    writer_.write_u64(info.ntp);
    writer_.write_u32(info.rtp_timestamp);
    writer_.write_u32(info.packets);
    writer_.write_u32(info.octets);
    write_blocks(blocks);
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_receiver_report(Ssrc sender, std::span<const ReportBlock> blocks) {
    const std::size_t start = begin(RtcpType::kReceiverReport, blocks.size());
    writer_.write_u32(sender.value());
    write_blocks(blocks);
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_cname(Ssrc source, std::string_view cname) {
    VV_ASSERT(!cname.empty() && cname.size() <= kCnameSizeMax);
    const std::size_t start = begin(RtcpType::kSourceDescription, 1);
    writer_.write_u32(source.value());
    writer_.write_u8(kCnameItem);
    writer_.write_u8(static_cast<std::uint8_t>(cname.size()));
    writer_.write(as_bytes(cname));
    writer_.write_u8(0); // RFC 3550 §6.5: at least one zero ends the items
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_goodbye(std::span<const Ssrc> sources) {
    const std::size_t start = begin(RtcpType::kGoodbye, sources.size());
    for (const Ssrc source : sources)
        writer_.write_u32(source.value());
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_nack(Ssrc sender, Ssrc media, std::span<const std::uint16_t> sequences) {
    VV_ASSERT(!sequences.empty());
    const std::size_t start = begin(RtcpType::kTransportFeedback, kFormatNack);
    writer_.write_u32(sender.value());
    writer_.write_u32(media.value());
    while (!sequences.empty()) {
        const std::uint16_t first = sequences.front();
        sequences = sequences.subspan(1);
        std::uint16_t further = 0;
        std::uint16_t reached = 0;
        while (!sequences.empty()) {
            const auto ahead = static_cast<std::uint16_t>(sequences.front() - first);
            if (ahead <= reached || ahead > kNackReach) break;
            reached = ahead;
            further = static_cast<std::uint16_t>(further | (1U << (ahead - 1U)));
            sequences = sequences.subspan(1);
        }
        writer_.write_u16(first);
        writer_.write_u16(further);
    }
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_picture_loss(Ssrc sender, Ssrc media) {
    const std::size_t start = begin(RtcpType::kPayloadFeedback, kFormatPli);
    writer_.write_u32(sender.value());
    writer_.write_u32(media.value());
    end(start);
    return *this;
}

RtcpWriter& RtcpWriter::add_full_intra_request(Ssrc sender, const FullIntraRequest::Entry& entry) {
    const std::size_t start = begin(RtcpType::kPayloadFeedback, kFormatFir);
    writer_.write_u32(sender.value());
    writer_.write_u32(0); // RFC 5104 §4.3.1.2: whom it is for stands in the entry
    writer_.write_u32(entry.media.value());
    writer_.write_u8(entry.number);
    writer_.write_zeros(3);
    end(start);
    return *this;
}

} // namespace vv::rtp
