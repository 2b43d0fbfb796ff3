#include "sctp/data_chunk.h"

namespace vv::sctp {
namespace {

constexpr unsigned kFlagEnd = 0x01;
constexpr unsigned kFlagBegin = 0x02;
constexpr unsigned kFlagUnordered = 0x04;
constexpr unsigned kFlagImmediate = 0x08;

} // namespace

std::optional<DataChunk> parse_data(const Chunk& chunk) {
    ByteReader reader(chunk.value);
    const auto tsn = reader.read_u32();
    const auto stream = reader.read_u16();
    const auto ssn = reader.read_u16();
    const auto ppid = reader.read_u32();
    if (!tsn || !stream || !ssn || !ppid || reader.at_end()) return std::nullopt;
    return DataChunk{.tsn = *tsn,
                     .stream = StreamId(*stream),
                     .ssn = *ssn,
                     .ppid = static_cast<Ppid>(*ppid),
                     .is_unordered = (chunk.flags & kFlagUnordered) != 0,
                     .is_begin = (chunk.flags & kFlagBegin) != 0,
                     .is_end = (chunk.flags & kFlagEnd) != 0,
                     .wants_sack = (chunk.flags & kFlagImmediate) != 0,
                     .payload = chunk.value.subspan(reader.position())};
}

void write_data(ByteBuffer& out, const DataChunk& data) {
    const unsigned flags = (data.is_end ? kFlagEnd : 0U) | (data.is_begin ? kFlagBegin : 0U) |
                           (data.is_unordered ? kFlagUnordered : 0U) | (data.wants_sack ? kFlagImmediate : 0U);
    const ChunkScope scope(out, ChunkType::kData, static_cast<std::uint8_t>(flags));
    ByteWriter writer(out);
    writer.write_u32(data.tsn);
    writer.write_u16(data.stream.value());
    writer.write_u16(data.ssn);
    writer.write_u32(static_cast<std::uint32_t>(data.ppid));
    writer.write(data.payload);
}

GapBlock SackView::gap(std::size_t index) const {
    ByteReader reader(gap_bytes.subspan(index * kGapBlockSize, kGapBlockSize));
    const auto first = reader.read_u16();
    const auto last = reader.read_u16();
    return {first.value_or(0), last.value_or(0)}; // the four bytes are there
}

std::uint32_t SackView::duplicate(std::size_t index) const {
    ByteReader reader(duplicate_bytes.subspan(index * 4));
    return reader.read_u32().value_or(0);
}

std::optional<SackView> parse_sack(ByteView value) {
    ByteReader reader(value);
    SackView sack;
    const auto tsn = reader.read_u32();
    const auto window = reader.read_u32();
    const auto gaps = reader.read_u16();
    const auto duplicates = reader.read_u16();
    if (!tsn || !window || !gaps || !duplicates) return std::nullopt;
    const auto gap_bytes = reader.read_slice(*gaps * kGapBlockSize);
    const auto duplicate_bytes = reader.read_slice(*duplicates * std::size_t{4});
    if (!gap_bytes || !duplicate_bytes) return std::nullopt;
    sack = {*tsn, *window, *gap_bytes, *duplicate_bytes};
    unsigned before = 0;
    for (std::size_t i = 0; i < sack.gap_count(); ++i) {
        const GapBlock block = sack.gap(i);
        if (block.first <= before || block.last < block.first) return std::nullopt;
        before = block.last;
    }
    return sack;
}

void write_sack(ByteBuffer& out, const SackParts& sack) {
    const ChunkScope scope(out, ChunkType::kSack);
    ByteWriter writer(out);
    writer.write_u32(sack.cumulative_tsn);
    writer.write_u32(sack.receive_window);
    writer.write_u16(static_cast<std::uint16_t>(sack.gaps.size()));
    writer.write_u16(static_cast<std::uint16_t>(sack.duplicates.size()));
    for (const GapBlock& block : sack.gaps) {
        writer.write_u16(block.first);
        writer.write_u16(block.last);
    }
    for (const std::uint32_t tsn : sack.duplicates)
        writer.write_u32(tsn);
}

SkippedStream ForwardTsnView::stream(std::size_t index) const {
    ByteReader reader(stream_bytes.subspan(index * kSkippedStreamSize, kSkippedStreamSize));
    const auto id = reader.read_u16();
    const auto ssn = reader.read_u16();
    return {StreamId(id.value_or(0)), ssn.value_or(0)}; // the four bytes are there
}

std::optional<ForwardTsnView> parse_forward_tsn(ByteView value) {
    ByteReader reader(value);
    const auto tsn = reader.read_u32();
    if (!tsn || reader.remaining() % ForwardTsnView::kSkippedStreamSize != 0) return std::nullopt;
    return ForwardTsnView{*tsn, value.subspan(reader.position())};
}

void write_forward_tsn(ByteBuffer& out, std::uint32_t new_cumulative_tsn, std::span<const SkippedStream> streams) {
    const ChunkScope scope(out, ChunkType::kForwardTsn);
    ByteWriter writer(out);
    writer.write_u32(new_cumulative_tsn);
    for (const SkippedStream& skipped : streams) {
        writer.write_u16(skipped.stream.value());
        writer.write_u16(skipped.ssn);
    }
}

} // namespace vv::sctp
