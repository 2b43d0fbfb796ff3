#include "base/encoding.h"
#include "crypto/crc32c.h"
#include "sctp/packet.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

const CommonHeader kHeader{5000, 5001, VerificationTag(0x01020304)};

ByteBuffer packet_with(ByteView chunks) {
    PacketWriter writer(kHeader, kPacketSizeMax);
    ByteWriter(writer.chunks()).write(chunks);
    return writer.finish();
}

ByteBuffer bytes_of(std::string_view hex) {
    return *hex_decode(hex);
}

TEST(Packet, IsWrittenAsTheRfcHasIt) {
    PacketWriter writer(kHeader, 1200);
    write_chunk(writer.chunks(), ChunkType::kCookieAck);
    const ByteBuffer bytes = writer.finish();
    EXPECT_EQ(hex_encode(ByteView(bytes).first(8)), "1388138901020304");
    EXPECT_EQ(hex_encode(ByteView(bytes).subspan(12)), "0b000004");
    // RFC 9260 Appendix A: over the packet with zeros in its place, its least byte first.
    ByteBuffer blank = bytes;
    std::fill(blank.begin() + 8, blank.begin() + 12, std::uint8_t{0});
    const std::uint32_t sum = crypto::crc32c(blank);
    EXPECT_EQ(bytes[8], static_cast<std::uint8_t>(sum));
    EXPECT_EQ(bytes[11], static_cast<std::uint8_t>(sum >> 24U));
}

TEST(Packet, GivesItsChunks) {
    const ByteBuffer bytes = packet_with(bytes_of("03050005aa000000"
                                                  "0b000004"));
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->header, kHeader);
    ChunkReader reader = packet->reader();
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, ChunkType::kSack);
    EXPECT_EQ(first->flags, 5);
    EXPECT_EQ(hex_encode(first->value), "aa");
    EXPECT_EQ(hex_encode(first->bytes), "03050005aa");
    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, ChunkType::kCookieAck);
    EXPECT_TRUE(second->value.empty());
    EXPECT_TRUE(reader.at_end());
    EXPECT_FALSE(reader.next());
}

TEST(Packet, MayLackTheLastPadding) {
    const ByteBuffer bytes = packet_with(bytes_of("03000005aa"));
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->reader().next()->value.size(), 1U);
}

TEST(Packet, IsRefusedWithOneBitChanged) {
    const ByteBuffer good = packet_with(bytes_of("0b000004"));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        ByteBuffer bad = good;
        bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_EQ(parse_packet(bad).error(), PacketError::kBadChecksum) << bit;
    }
}

TEST(Packet, IsRefusedWithoutWholeChunks) {
    for (const char* chunks : {"0b000003", "0b000000", "0b00000500", "0b000008", "0b0000040b", "0b00000400000000"}) {
        const auto packet = parse_packet(packet_with(bytes_of(chunks)));
        const bool is_whole = std::string_view(chunks) == "0b00000500"; // the one that only lacks its padding
        EXPECT_EQ(packet.has_value(), is_whole) << chunks;
        if (!packet) {
            EXPECT_EQ(packet.error(), PacketError::kBadChunk) << chunks;
        }
    }
}

TEST(Packet, IsRefusedAtWrongSizes) {
    EXPECT_EQ(parse_packet({}).error(), PacketError::kBadSize);
    const ByteBuffer good = packet_with(bytes_of("0b000004"));
    EXPECT_EQ(parse_packet(ByteView(good).first(15)).error(), PacketError::kBadSize);
    ByteBuffer chunk;
    write_chunk(chunk, ChunkType::kHeartbeat, ByteBuffer(kPacketSizeMax - kCommonHeaderSize - kChunkHeaderSize));
    ByteBuffer largest = packet_with(chunk);
    EXPECT_EQ(largest.size(), kPacketSizeMax);
    EXPECT_TRUE(parse_packet(largest));
    largest.push_back(0);
    EXPECT_EQ(parse_packet(largest).error(), PacketError::kBadSize);
}

TEST(PacketWriter, SaysHowMuchFits) {
    PacketWriter writer(kHeader, 31);
    EXPECT_TRUE(writer.is_empty());
    EXPECT_EQ(writer.room(), 16U); // 19 bytes, of which chunks take whole words
    write_chunk(writer.chunks(), ChunkType::kHeartbeat, bytes_of("aabbccddee"));
    EXPECT_FALSE(writer.is_empty());
    EXPECT_EQ(writer.room(), 4U);
    write_chunk(writer.chunks(), ChunkType::kCookieAck);
    EXPECT_EQ(writer.room(), 0U);
    EXPECT_EQ(writer.finish().size(), 28U);
}

TEST(ParameterReader, StopsWhereBytesMakeNoSense) {
    const ByteBuffer good = bytes_of("00010005aa0000008000000c0102030405060708");
    ParameterReader reader(good);
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, 1);
    EXPECT_EQ(hex_encode(first->value), "aa");
    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, 0x8000);
    EXPECT_EQ(hex_encode(second->bytes), "8000000c0102030405060708");
    EXPECT_TRUE(reader.at_end());
    for (const char* bad : {"0001", "000100", "00010003", "00010005", "0001000500"}) {
        const ByteBuffer bytes = bytes_of(bad);
        ParameterReader bad_reader(bytes);
        EXPECT_EQ(bad_reader.next().has_value(), std::string_view(bad) == "0001000500") << bad;
    }
}

} // namespace
} // namespace vv::sctp
