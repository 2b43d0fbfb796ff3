#include "base/encoding.h"
#include "rtp/demux.h"
#include "rtp/packet.h"
#include "rtp/unwrapper.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::rtp {
namespace {

const Header kHeader{true, 111, 0x1234, 0x01020304, Ssrc(0xA0B0C0D0)};
const std::string kFixedHex = "80ef123401020304a0b0c0d0";

ByteBuffer from_hex(const std::string& text) {
    return hex_decode(text).value();
}

TEST(RtpPacket, IsWrittenAndReadAsRfc3550HasIt) {
    ByteBuffer bytes;
    write_header(bytes, kHeader);
    EXPECT_EQ(hex_encode(bytes), kFixedHex);
    bytes.insert(bytes.end(), {7, 8, 9});
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->header, kHeader);
    EXPECT_EQ(hex_encode(packet->payload), "070809");
    EXPECT_TRUE(packet->csrcs.empty());
    EXPECT_EQ(payload_offset(bytes), 12U);
    EXPECT_EQ(sequence_of(bytes), 0x1234);
    EXPECT_EQ(ssrc_of(bytes), Ssrc(0xA0B0C0D0));
}

TEST(RtpPacket, HasSourcesAndExtensionsBeforeItsPayload) {
    ByteBuffer bytes;
    const ByteBuffer level{0x85};
    write_header(bytes, kHeader, std::vector<Extension>{{1, level}}, std::vector<std::uint32_t>{5, 6});
    EXPECT_EQ(hex_encode(bytes), "92" + kFixedHex.substr(2) + "0000000500000006" + "bede0001" + "10850000");
    bytes.push_back(0x77);
    const auto packet = parse_packet(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(hex_encode(packet->csrcs), "0000000500000006");
    EXPECT_EQ(hex_encode(packet->find_extension(1).value()), "85");
    EXPECT_EQ(packet->find_extension(2), std::nullopt);
    EXPECT_EQ(hex_encode(packet->payload), "77");
    EXPECT_EQ(payload_offset(bytes), bytes.size() - 1);
}

TEST(RtpPacket, HoldsAsManySourcesAsFourBitsSay) {
    ByteBuffer bytes;
    write_header(bytes, kHeader, {}, std::vector<std::uint32_t>(kCsrcsMax, 1));
    EXPECT_EQ(parse_packet(bytes)->csrcs.size(), kCsrcsMax * 4);
    EXPECT_DEATH(write_header(bytes, kHeader, {}, std::vector<std::uint32_t>(kCsrcsMax + 1, 1)), "kCsrcsMax");
}

TEST(RtpPacket, TakesPaddingOff) {
    const auto packet = parse_packet(from_hex("a0" + kFixedHex.substr(2) + "aabb00000004"));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->payload.size(), 2U);
    EXPECT_EQ(packet->padding, 4U);
    const ByteBuffer only_padding = from_hex("a0" + kFixedHex.substr(2) + "000003");
    EXPECT_TRUE(parse_packet(only_padding)->payload.empty());
}

TEST(RtpPacket, RefusesPaddingThatCannotBe) {
    for (const std::string end : {"aa00", "aa03", ""}) // none, more than there is, nowhere to say it
        EXPECT_EQ(parse_packet(from_hex("a0" + kFixedHex.substr(2) + end)).error(), ParseError::kBadPadding) << end;
}

TEST(RtpPacket, RefusesWhatEndsTooEarly) {
    const ByteBuffer whole = from_hex("92" + kFixedHex.substr(2) + "0000000500000006bede000110850000");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(parse_packet(ByteView(whole).first(size)).error(), ParseError::kTooShort) << size;
        EXPECT_EQ(payload_offset(ByteView(whole).first(size)), std::nullopt) << size;
    }
    EXPECT_TRUE(parse_packet(whole));
    EXPECT_EQ(payload_offset(whole), whole.size());
}

TEST(RtpPacket, RefusesOtherVersions) {
    for (const std::string first : {"00", "40", "c0"}) {
        EXPECT_EQ(parse_packet(from_hex(first + kFixedHex.substr(2))).error(), ParseError::kBadVersion);
        EXPECT_EQ(payload_offset(from_hex(first + kFixedHex.substr(2))), std::nullopt);
    }
}

std::vector<std::pair<int, std::string>> extensions_of(std::uint16_t profile, const std::string& hex) {
    const ByteBuffer bytes = from_hex(hex);
    ExtensionReader reader(profile, bytes);
    std::vector<std::pair<int, std::string>> found;
    while (const auto extension = reader.next())
        found.emplace_back(extension->id, hex_encode(extension->value));
    return found;
}
using Found = std::vector<std::pair<int, std::string>>;

TEST(HeaderExtensions, AreReadInTheShortForm) {
    EXPECT_EQ(extensions_of(kOneByteProfile, "10aa0021bbcc0000"), (Found{{1, "aa"}, {2, "bbcc"}}));
    EXPECT_EQ(extensions_of(kOneByteProfile, "10aaf021bbcc0000"), (Found{{1, "aa"}})); // 15 ends it
    EXPECT_EQ(extensions_of(kOneByteProfile, "01aabb10cc000000"), (Found{{1, "cc"}})); // 0 with a length is passed over
    EXPECT_EQ(extensions_of(kOneByteProfile, "10aa23bb"), (Found{{1, "aa"}}));         // says four bytes, has one
}

TEST(HeaderExtensions, AreReadInTheLongForm) {
    EXPECT_EQ(extensions_of(kTwoByteProfile, "0101aa000f00ff02bbcc0000"), (Found{{1, "aa"}, {15, ""}, {255, "bbcc"}}));
    EXPECT_EQ(extensions_of(kTwoByteProfile + 7, "0101aa00"), (Found{{1, "aa"}}));
    EXPECT_EQ(extensions_of(kTwoByteProfile, "0101aa02"), (Found{{1, "aa"}}));
    EXPECT_EQ(extensions_of(kTwoByteProfile, "0105aa00"), Found{});
}

TEST(HeaderExtensions, OfAnotherProfileAreNotOurs) {
    EXPECT_EQ(extensions_of(0x2000, "0101aa00"), Found{});
}

std::string written(const std::vector<Extension>& extensions) {
    ByteBuffer out;
    write_extensions(out, extensions);
    return hex_encode(out);
}

TEST(HeaderExtensions, TakeTheLongFormOnlyIfOneOfThemNeedsIt) {
    const ByteBuffer sixteen(kOneByteSizeMax, 1);
    const ByteBuffer seventeen(kOneByteSizeMax + 1, 1);
    EXPECT_EQ(written({{14, sixteen}}).substr(0, 10), "bede0005ef");
    EXPECT_EQ(written({{1, seventeen}}).substr(0, 12), "100000050111");
    EXPECT_EQ(written({{15, ByteView(sixteen).first(1)}}), "100000010f010100");
    EXPECT_EQ(written({{1, ByteView()}}), "1000000101000000");
}

TEST(HeaderExtensions, FitUpToTheirLimits) {
    const ByteBuffer longest(kTwoByteSizeMax, 1);
    const ByteBuffer too_long(kTwoByteSizeMax + 1, 1);
    EXPECT_TRUE(fits_an_extension({255, longest}));
    EXPECT_FALSE(fits_an_extension({255, too_long}));
    EXPECT_FALSE(fits_an_extension({0, longest}));
    ByteBuffer out;
    write_extensions(out, std::vector<Extension>(kExtensionsWrittenMax, {3, longest}));
    EXPECT_EQ(out.size(), 4 + kExtensionsWrittenMax * 257);
    EXPECT_DEATH(write_extensions(out, std::vector<Extension>(kExtensionsWrittenMax + 1, {3, longest})), "Max");
}

DatagramKind kind(std::uint8_t first, std::uint8_t second = 96) {
    const ByteBuffer datagram{first, second};
    return kind_of(datagram);
}

// RFC 7983 §7, at both ends of each range.
TEST(Demux, TellsProtocolsByTheFirstByte) {
    EXPECT_EQ(kind(0), DatagramKind::kStun);
    EXPECT_EQ(kind(3), DatagramKind::kStun);
    EXPECT_EQ(kind(4), DatagramKind::kUnknown);
    EXPECT_EQ(kind(19), DatagramKind::kUnknown); // ZRTP ends here
    EXPECT_EQ(kind(20), DatagramKind::kDtls);
    EXPECT_EQ(kind(63), DatagramKind::kDtls);
    EXPECT_EQ(kind(64), DatagramKind::kTurnChannel);
    EXPECT_EQ(kind(79), DatagramKind::kTurnChannel);
    EXPECT_EQ(kind(80), DatagramKind::kUnknown);
    EXPECT_EQ(kind(127), DatagramKind::kUnknown);
    EXPECT_EQ(kind(128), DatagramKind::kRtp);
    EXPECT_EQ(kind(191), DatagramKind::kRtp);
    EXPECT_EQ(kind(192), DatagramKind::kUnknown);
    EXPECT_EQ(kind_of({}), DatagramKind::kUnknown);
    EXPECT_EQ(kind_of(ByteBuffer{128}), DatagramKind::kUnknown);
}

// RFC 5761 §4.
TEST(Demux, TellsRtcpByItsType) {
    EXPECT_EQ(kind(128, 191), DatagramKind::kRtp);
    EXPECT_EQ(kind(128, 192), DatagramKind::kRtcp);
    EXPECT_EQ(kind(128, 223), DatagramKind::kRtcp);
    EXPECT_EQ(kind(128, 224), DatagramKind::kRtp); // payload type 96 with the marker
}

TEST(Unwrapper, GoesOnOverWrapsAndBack) {
    SequenceUnwrapper unwrapper;
    EXPECT_EQ(unwrapper.unwrap(65'534), 65'534);
    EXPECT_EQ(unwrapper.unwrap(1), 65'537);
    EXPECT_EQ(unwrapper.unwrap(65'535), 65'535);
    EXPECT_EQ(unwrapper.peek(3), 65'539);
    EXPECT_EQ(unwrapper.unwrap(2), 65'538); // peeking has moved nothing
    TimestampUnwrapper timestamps;
    EXPECT_EQ(timestamps.unwrap(0), 0);
    EXPECT_EQ(timestamps.unwrap(0xFFFFFFFF), -1);
    EXPECT_EQ(timestamps.unwrap(0x7FFFFFFF), 0x7FFFFFFF);
    EXPECT_EQ(timestamps.unwrap(0xFFFFFFFE), 0xFFFFFFFE);
}

} // namespace
} // namespace vv::rtp
