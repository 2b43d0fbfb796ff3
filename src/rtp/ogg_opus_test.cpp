#include "base/encoding.h"
#include "base/rng.h"
#include "rtp/ogg_opus.h"
#include "rtp/opus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vv::rtp {
namespace {

const OpusHead kHead{1, 312, 44'100};

ByteBuffer sound(std::size_t size, std::uint8_t fill) {
    ByteBuffer packet(size, fill);
    packet[0] = 0xF8; // one frame of 20 ms
    return packet;
}

std::vector<ByteBuffer> packets_of(ByteView file) {
    auto reader = OggOpusReader::open(file);
    EXPECT_TRUE(reader);
    std::vector<ByteBuffer> packets;
    while (reader) {
        const auto packet = reader->next_packet();
        EXPECT_TRUE(packet);
        if (!packet || !*packet) break;
        packets.emplace_back((*packet)->begin(), (*packet)->end());
    }
    return packets;
}

TEST(OggOpus, WritesHeadersAsRfc7845HasThem) {
    ByteBuffer out;
    const OggOpusWriter writer(out, kHead, 0x01020304);
    EXPECT_EQ(hex_encode(ByteView(out).first(22)), "4f67675300020000000000000000"
                                                   "04030201"
                                                   "00000000");
    EXPECT_EQ(hex_encode(ByteView(out).subspan(26, 21)), "0113"
                                                         "4f70757348656164"
                                                         "01"
                                                         "01"
                                                         "3801"
                                                         "44ac0000"
                                                         "0000"
                                                         "00");
    EXPECT_TRUE(packets_of(out).empty());
    EXPECT_EQ(OggOpusReader::open(out)->head(), kHead);
}

TEST(OggOpus, ReadsWhatItWrote) {
    SeededRng rng(1);
    std::vector<ByteBuffer> packets;
    for (std::uint8_t i = 0; i < 200; ++i)
        packets.push_back(sound(1 + rng.below(kOpusFrameSizeMax), i));
    for (const std::size_t size : {254U, 255U, 256U, 510U}) // where the table of segments changes
        packets.push_back(sound(size, 7));
    ByteBuffer out;
    OggOpusWriter writer(out, kHead, 1);
    for (const ByteBuffer& packet : packets)
        ASSERT_TRUE(writer.write(packet));
    writer.finish();
    EXPECT_EQ(packets_of(out), packets);
}

TEST(OggOpus, EndsAPageAfterASecond) {
    ByteBuffer out;
    OggOpusWriter writer(out, kHead, 1);
    const std::size_t headers = out.size();
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(writer.write(sound(3, 1)));
    EXPECT_EQ(out.size(), headers);
    ASSERT_TRUE(writer.write(sound(3, 1)));
    EXPECT_EQ(out.size(), headers + 27 + 50 + 150);
    // RFC 7845 §4: the position is that behind the page's last packet.
    EXPECT_EQ(hex_encode(ByteView(out).subspan(headers + 6, 8)), "80bb000000000000");
}

TEST(OggOpus, RefusesToWriteWhatIsNoOpus) {
    ByteBuffer out;
    OggOpusWriter writer(out, kHead, 1);
    EXPECT_FALSE(writer.write({}));
    EXPECT_FALSE(writer.write(ByteBuffer{0xFB, 0x00}));
    writer.finish();
    EXPECT_TRUE(packets_of(out).empty());
}

TEST(OggOpus, FillsGapsWithEmptyFrames) {
    ByteBuffer out;
    OggOpusWriter writer(out, kHead, 1);
    writer.write_gap(2 * 960 + 480 + 240 + 120 + 119);
    writer.finish();
    std::uint32_t duration = 0;
    for (const ByteBuffer& packet : packets_of(out)) {
        EXPECT_EQ(packet.size(), 1U);
        duration += opus_duration(packet).value();
    }
    EXPECT_EQ(duration, 2U * 960 + 480 + 240 + 120);
}

ByteBuffer a_file() {
    ByteBuffer out;
    OggOpusWriter writer(out, kHead, 1);
    EXPECT_TRUE(writer.write(sound(600, 3)));
    writer.finish();
    return out;
}

TEST(OggOpus, NoticesEveryChangedByte) {
    const ByteBuffer file = a_file();
    for (std::size_t i = 0; i < file.size(); ++i) {
        ByteBuffer changed = file;
        changed[i] ^= 0x20U;
        auto reader = OggOpusReader::open(changed);
        EXPECT_TRUE(!reader || !reader->next_packet()) << i;
    }
}

TEST(OggOpus, RefusesWhatIsCutShort) {
    const ByteBuffer file = a_file();
    std::size_t opened = 0;
    for (std::size_t size = 0; size < file.size(); ++size) {
        auto reader = OggOpusReader::open(ByteView(file).first(size));
        if (!reader) continue;
        ++opened;
        const auto packet = reader->next_packet();
        EXPECT_TRUE(!packet || !packet->has_value()) << size;
    }
    EXPECT_EQ(opened, file.size() - (27 + 19 + 1) - (27 + 23 + 1)); // from behind the headers on
    EXPECT_EQ(OggOpusReader::open({}).error(), OggError::kNotOpus);
    EXPECT_EQ(OggOpusReader::open(as_bytes("RIFF and something that is no Ogg")).error(), OggError::kNotOgg);
}

TEST(OggOpus, PassesOverAnotherStream) {
    const ByteBuffer file = a_file();
    ByteBuffer other;
    OggOpusWriter writer(other, kHead, 2);
    ASSERT_TRUE(writer.write(sound(5, 9)));
    writer.finish();
    constexpr std::size_t kFirstPageSize = 27 + 1 + 19;
    ByteBuffer mixed;
    const auto add = [&](ByteView pages) { mixed.insert(mixed.end(), pages.begin(), pages.end()); };
    add(ByteView(file).first(kFirstPageSize));
    add(ByteView(other).first(kFirstPageSize));
    add(ByteView(file).subspan(kFirstPageSize));
    add(ByteView(other).subspan(kFirstPageSize));
    EXPECT_EQ(packets_of(mixed), std::vector<ByteBuffer>(1, sound(600, 3)));
}

// RFC 3533 §6: a packet that goes on over the end of its page. Written with another reading of the checksum.
ByteBuffer page(std::uint8_t flags, std::uint32_t number, const ByteBuffer& segments, ByteView body) {
    ByteBuffer bytes(26, 0);
    std::ranges::copy(as_bytes("OggS"), bytes.begin());
    bytes[5] = flags;
    bytes[14] = 1; // the stream's number
    bytes[18] = static_cast<std::uint8_t>(number);
    bytes.push_back(static_cast<std::uint8_t>(segments.size()));
    bytes.insert(bytes.end(), segments.begin(), segments.end());
    bytes.insert(bytes.end(), body.begin(), body.end());
    std::uint32_t remainder = 0;
    for (const std::uint8_t byte : bytes) {
        for (unsigned bit = 8; bit-- > 0;) {
            const std::uint32_t top = (remainder >> 31U) ^ ((std::uint32_t{byte} >> bit) & 1U);
            remainder = (remainder << 1U) ^ (top != 0 ? 0x04C11DB7U : 0U);
        }
    }
    for (std::size_t i = 0; i < 4; ++i)
        bytes[22 + i] = static_cast<std::uint8_t>(remainder >> (8U * i));
    return bytes;
}

ByteBuffer headers_and(const std::vector<ByteBuffer>& pages) {
    ByteBuffer file;
    const OggOpusWriter writer(file, kHead, 1);
    for (const ByteBuffer& bytes : pages)
        file.insert(file.end(), bytes.begin(), bytes.end());
    return file;
}

TEST(OggOpus, JoinsAPacketOverPages) {
    const ByteBuffer packet = sound(600, 3);
    const ByteBuffer file = headers_and(
        {page(0, 2, {255}, ByteView(packet).first(255)), page(1, 3, {255, 90}, ByteView(packet).subspan(255))});
    EXPECT_EQ(packets_of(file), std::vector<ByteBuffer>(1, packet));
}

TEST(OggOpus, RefusesPacketsThatDoNotFitTogether) {
    const ByteBuffer bytes(255, 3);
    const std::vector<std::vector<ByteBuffer>> bad{
        {page(1, 2, {5}, ByteView(bytes).first(5))},                           // goes on with nothing
        {page(0, 2, {255}, bytes), page(0, 3, {5}, ByteView(bytes).first(5))}, // is not gone on with
        {page(0, 2, {255}, bytes)},                                            // has no end
    };
    for (const auto& pages : bad) {
        const ByteBuffer file = headers_and(pages);
        EXPECT_EQ(OggOpusReader::open(file)->next_packet().error(), OggError::kBadPacket);
    }
}

TEST(OggOpus, TakesPacketsUpToItsLimit) {
    const ByteBuffer body(255 * 241, 3);
    const auto file_of = [&](std::size_t size) {
        ByteBuffer segments(size / 255, 255);
        segments.push_back(static_cast<std::uint8_t>(size % 255));
        return headers_and({page(0, 2, segments, ByteView(body).first(size))});
    };
    EXPECT_EQ(packets_of(file_of(kOggPacketSizeMax)).front().size(), kOggPacketSizeMax);
    const ByteBuffer too_long = file_of(kOggPacketSizeMax + 1);
    EXPECT_EQ(OggOpusReader::open(too_long)->next_packet().error(), OggError::kBadPacket);
}

} // namespace
} // namespace vv::rtp
