#include "sctp/packet.h"

#include "crypto/crc32c.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vv::sctp {
namespace {

constexpr std::size_t kChecksumOffset = 8;
constexpr std::size_t kChecksumSize = 4;

// RFC 9260 §6.8: as if the checksum's own bytes were zero.
std::uint32_t checksum_of(ByteView packet) {
    constexpr std::array<std::uint8_t, kChecksumSize> kZeros{};
    std::uint32_t sum = crypto::crc32c(packet.first(kChecksumOffset));
    sum = crypto::crc32c_update(sum, kZeros);
    return crypto::crc32c_update(sum, packet.subspan(kChecksumOffset + kChecksumSize));
}

// The one number of the protocol whose least byte comes first (RFC 9260 Appendix A).
std::array<std::uint8_t, kChecksumSize> checksum_bytes(std::uint32_t sum) {
    return {static_cast<std::uint8_t>(sum), static_cast<std::uint8_t>(sum >> 8U), static_cast<std::uint8_t>(sum >> 16U),
            static_cast<std::uint8_t>(sum >> 24U)};
}

// What stands behind a length that counts its own four-byte header: the value, its padding skipped as far as it is
// there.
std::optional<ByteView> read_value(ByteReader& reader, std::size_t length) {
    if (length < kChunkHeaderSize) return std::nullopt;
    const auto value = reader.read_slice(length - kChunkHeaderSize);
    if (!value) return std::nullopt;
    (void)reader.read_slice(std::min(padded(length) - length, reader.remaining()));
    return value;
}

void pad(ByteBuffer& out) {
    ByteWriter(out).write_zeros(padded(out.size()) - out.size());
}

} // namespace

std::optional<Chunk> ChunkReader::next() {
    const std::size_t begin = reader_.position();
    const auto type = reader_.read_u8();
    const auto flags = reader_.read_u8();
    const auto length = reader_.read_u16();
    if (!type || !flags || !length) return std::nullopt;
    const auto value = read_value(reader_, *length);
    if (!value) return std::nullopt;
    return Chunk{static_cast<ChunkType>(*type), *flags, *value, chunks_.subspan(begin, *length)};
}

std::optional<Parameter> ParameterReader::next() {
    const std::size_t begin = reader_.position();
    const auto type = reader_.read_u16();
    const auto length = reader_.read_u16();
    if (!type || !length) return std::nullopt;
    const auto value = read_value(reader_, *length);
    if (!value) return std::nullopt;
    return Parameter{*type, *value, parameters_.subspan(begin, *length)};
}

Result<Packet, PacketError> parse_packet(ByteView bytes) {
    if (bytes.size() < kCommonHeaderSize + kChunkHeaderSize || bytes.size() > kPacketSizeMax) {
        return Failure<PacketError>(PacketError::kBadSize);
    }
    const auto sum = checksum_bytes(checksum_of(bytes));
    if (!std::ranges::equal(bytes.subspan(kChecksumOffset, kChecksumSize), sum)) {
        return Failure<PacketError>(PacketError::kBadChecksum);
    }
    ByteReader reader(bytes);
    Packet packet;
    packet.header.source_port = reader.read_u16().value_or(0);
    packet.header.destination_port = reader.read_u16().value_or(0);
    packet.header.tag = VerificationTag(reader.read_u32().value_or(0));
    packet.chunks = bytes.subspan(kCommonHeaderSize);
    ChunkReader chunks = packet.reader();
    while (!chunks.at_end()) {
        if (!chunks.next()) return Failure<PacketError>(PacketError::kBadChunk);
    }
    return packet;
}

ChunkScope::ChunkScope(ByteBuffer& out, ChunkType type, std::uint8_t flags) : out_(out), begin_(out.size()) {
    VV_ASSERT(begin_ % 4 == 0);
    ByteWriter writer(out_);
    writer.write_u8(static_cast<std::uint8_t>(type));
    writer.write_u8(flags);
    writer.write_u16(0);
}

ChunkScope::~ChunkScope() {
    ByteWriter(out_).patch_u16(begin_ + 2, static_cast<std::uint16_t>(out_.size() - begin_));
    pad(out_);
}

ParameterScope::ParameterScope(ByteBuffer& out, std::uint16_t type) : out_(out), begin_(padded(out.size())) {
    pad(out_);
    ByteWriter writer(out_);
    writer.write_u16(type);
    writer.write_u16(0);
}

ParameterScope::~ParameterScope() {
    ByteWriter(out_).patch_u16(begin_ + 2, static_cast<std::uint16_t>(out_.size() - begin_));
}

void write_chunk(ByteBuffer& out, ChunkType type, ByteView value, std::uint8_t flags) {
    const ChunkScope scope(out, type, flags);
    ByteWriter(out).write(value);
}

PacketWriter::PacketWriter(const CommonHeader& header, std::size_t size_max) : size_max_(size_max) {
    VV_ASSERT(size_max >= kCommonHeaderSize && size_max <= kPacketSizeMax);
    bytes_.reserve(size_max);
    ByteWriter writer(bytes_);
    writer.write_u16(header.source_port);
    writer.write_u16(header.destination_port);
    writer.write_u32(header.tag.value());
    writer.write_zeros(kChecksumSize);
}

std::size_t PacketWriter::room() const {
    VV_ASSERT(bytes_.size() <= size_max_);
    return (size_max_ - bytes_.size()) & ~std::size_t{3};
}

ByteBuffer PacketWriter::finish() {
    VV_ASSERT(bytes_.size() <= size_max_);
    std::ranges::copy(checksum_bytes(checksum_of(bytes_)), bytes_.begin() + kChecksumOffset);
    return std::move(bytes_);
}

} // namespace vv::sctp
