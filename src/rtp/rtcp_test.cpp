#include "base/encoding.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_writer.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace vv::rtp {
namespace {

constexpr auto kTooShort = RtcpError::kTooShort;

Result<std::vector<RtcpPacket>, RtcpError> parse(const std::string& hex) {
    return parse_rtcp(hex_decode(hex).value());
}
template <typename T>
T only(const std::string& hex) {
    const auto packets = parse(hex);
    EXPECT_TRUE(packets && packets->size() == 1 && std::holds_alternative<T>(packets->front())) << hex;
    return packets && !packets->empty() ? std::get<T>(packets->front()) : T{};
}

const ReportBlock kBlock{Ssrc(0x11111111), 0x40, -2, 0x00010005, 77, 0xAABBCCDD, 0x00010000};
const std::string kBlockHex = "11111111"
                              "40fffffe"
                              "00010005"
                              "0000004d"
                              "aabbccdd"
                              "00010000";
const SenderInfo kInfo{0x0102030405060708, 0x0A0B0C0D, 300, 40'000};
const std::string kInfoHex = "0102030405060708"
                             "0a0b0c0d"
                             "0000012c"
                             "00009c40";

TEST(Rtcp, WritesReportsAsRfc3550HasThem) {
    ByteBuffer out;
    RtcpWriter(out).add_sender_report(Ssrc(0x22222222), kInfo, std::vector{kBlock});
    EXPECT_EQ(hex_encode(out), "81c8000c"
                               "22222222" +
                                   kInfoHex + kBlockHex);
    out.clear();
    RtcpWriter(out).add_receiver_report(Ssrc(0x22222222), {});
    EXPECT_EQ(hex_encode(out), "80c90001"
                               "22222222");
}

TEST(Rtcp, ReadsReports) {
    const auto sender = only<SenderReport>("81c8000c22222222" + kInfoHex + kBlockHex);
    EXPECT_EQ(sender, (SenderReport{Ssrc(0x22222222), kInfo, {kBlock}}));
    const auto receiver = only<ReceiverReport>("81c9000722222222" + kBlockHex);
    EXPECT_EQ(receiver, (ReceiverReport{Ssrc(0x22222222), {kBlock}}));
    // What a profile puts behind the blocks.
    EXPECT_EQ(only<ReceiverReport>("81c9000822222222" + kBlockHex + "deadbeef").blocks.size(), 1U);
}

TEST(Rtcp, HoldsAsManyBlocksAsFiveBitsSay) {
    ByteBuffer out;
    RtcpWriter(out).add_receiver_report(Ssrc(1), std::vector(kReportBlocksMax, kBlock));
    EXPECT_EQ(std::get<ReceiverReport>(parse_rtcp(out)->front()).blocks.size(), kReportBlocksMax);
    EXPECT_DEATH(RtcpWriter(out).add_receiver_report(Ssrc(1), std::vector(kReportBlocksMax + 1, kBlock)), "Max");
}

TEST(Rtcp, BoundsWhatIsLostTo24Bits) {
    ByteBuffer out;
    ReportBlock most = kBlock;
    most.cumulative_lost = kCumulativeLostMax + 1;
    ReportBlock least = kBlock;
    least.cumulative_lost = kCumulativeLostMin - 1;
    RtcpWriter(out).add_receiver_report(Ssrc(1), std::vector{most, least});
    const auto blocks = std::get<ReceiverReport>(parse_rtcp(out)->front()).blocks;
    EXPECT_EQ(blocks.at(0).cumulative_lost, kCumulativeLostMax);
    EXPECT_EQ(blocks.at(1).cumulative_lost, kCumulativeLostMin);
}

TEST(Rtcp, WritesAndReadsNames) {
    for (const std::string name : {"a", "ab", "abc", "abcd", "abcde"}) {
        ByteBuffer out;
        RtcpWriter(out).add_cname(Ssrc(5), name);
        EXPECT_EQ(out.size() % 4, 0U);
        EXPECT_EQ(only<SourceDescription>(hex_encode(out)).chunks,
                  (std::vector<SourceDescription::Chunk>{{Ssrc(5), name}}));
    }
    ByteBuffer out;
    RtcpWriter(out).add_cname(Ssrc(5), std::string(kCnameSizeMax, 'x'));
    EXPECT_EQ(only<SourceDescription>(hex_encode(out)).chunks.front().cname.size(), kCnameSizeMax);
    EXPECT_DEATH(RtcpWriter(out).add_cname(Ssrc(5), std::string(kCnameSizeMax + 1, 'x')), "kCnameSizeMax");
}

TEST(Rtcp, ReadsNamesAmongOtherItems) {
    // Two sources: one with a tool (6) before its name, one without a name.
    const auto description = only<SourceDescription>("82ca0005"
                                                     "00000005"
                                                     "0602aabb"
                                                     "01016100"
                                                     "00000006"
                                                     "00000000");
    EXPECT_EQ(description.chunks, (std::vector<SourceDescription::Chunk>{{Ssrc(5), "a"}, {Ssrc(6), ""}}));
}

TEST(Rtcp, WritesAndReadsGoodbyes) {
    ByteBuffer out;
    RtcpWriter(out).add_goodbye(std::vector{Ssrc(1), Ssrc(2)});
    EXPECT_EQ(hex_encode(out), "82cb0002"
                               "00000001"
                               "00000002");
    EXPECT_EQ(only<Goodbye>("81cb0003"
                            "00000001"
                            "03627965"
                            "00000000"),
              (Goodbye{{Ssrc(1)}, "bye"}));
}

TEST(Rtcp, WritesNacksAsCloseTogetherAsTheyAre) {
    ByteBuffer out;
    RtcpWriter(out).add_nack(Ssrc(1), Ssrc(2), std::vector<std::uint16_t>{10, 11, 26, 27, 65'535, 3});
    // 10 with 11 (bit 0) and 26 (bit 15); 27 is one too far; 65 535 with 3 (bit 3) over the wrap.
    EXPECT_EQ(hex_encode(out), "81cd0005"
                               "00000001"
                               "00000002"
                               "000a8001"
                               "001b0000"
                               "ffff0008");
    EXPECT_EQ(only<Nack>(hex_encode(out)).sequences, (std::vector<std::uint16_t>{10, 11, 26, 27, 65'535, 3}));
}

TEST(Rtcp, KeepsTheOrderOfANack) {
    const std::vector<std::uint16_t> disordered{10, 12, 11, 11, 9};
    ByteBuffer out;
    RtcpWriter(out).add_nack(Ssrc(1), Ssrc(2), disordered);
    EXPECT_EQ(only<Nack>(hex_encode(out)).sequences, disordered);
}

TEST(Rtcp, WritesAndReadsRequestsForPictures) {
    ByteBuffer out;
    RtcpWriter(out).add_picture_loss(Ssrc(1), Ssrc(2));
    EXPECT_EQ(hex_encode(out), "81ce0002"
                               "00000001"
                               "00000002");
    EXPECT_EQ(only<PictureLoss>(hex_encode(out)), (PictureLoss{Ssrc(1), Ssrc(2)}));
    out.clear();
    RtcpWriter(out).add_full_intra_request(Ssrc(1), {Ssrc(2), 9});
    EXPECT_EQ(hex_encode(out), "84ce0004"
                               "00000001"
                               "00000000"
                               "00000002"
                               "09000000");
    EXPECT_EQ(only<FullIntraRequest>(hex_encode(out)), (FullIntraRequest{Ssrc(1), {{Ssrc(2), 9}}}));
}

TEST(Rtcp, PassesOverWhatItDoesNotKnow) {
    // REMB, transport-wide feedback, an extended report, a type from the future.
    EXPECT_EQ(only<UnknownRtcp>("8fce0005"
                                "00000001"
                                "00000000"
                                "52454d42"
                                "01000000"
                                "00000002"),
              (UnknownRtcp{206, 15}));
    EXPECT_EQ(only<UnknownRtcp>("8fcd0005"
                                "00000001"
                                "00000002"
                                "00010001"
                                "00000000"
                                "20010000"),
              (UnknownRtcp{205, 15}));
    EXPECT_EQ(only<UnknownRtcp>("80cf0001"
                                "00000001"),
              (UnknownRtcp{207, 0}));
    EXPECT_EQ(only<UnknownRtcp>("85df0000"), (UnknownRtcp{223, 5}));
}

TEST(Rtcp, ReadsACompound) {
    ByteBuffer out;
    RtcpWriter(out)
        .add_sender_report(Ssrc(1), kInfo, {})
        .add_cname(Ssrc(1), "name")
        .add_nack(Ssrc(1), Ssrc(2), std::vector<std::uint16_t>{7})
        .add_picture_loss(Ssrc(1), Ssrc(2));
    const auto packets = parse_rtcp(out);
    ASSERT_TRUE(packets);
    ASSERT_EQ(packets->size(), 4U);
    EXPECT_TRUE(std::holds_alternative<SenderReport>(packets->at(0)));
    EXPECT_TRUE(std::holds_alternative<SourceDescription>(packets->at(1)));
    EXPECT_TRUE(std::holds_alternative<Nack>(packets->at(2)));
    EXPECT_TRUE(std::holds_alternative<PictureLoss>(packets->at(3)));
    for (std::size_t size = 0; size < out.size(); ++size) {
        const bool is_whole = size == 28 || size == 28 + 16 || size == out.size() - 12; // between two packets
        EXPECT_EQ(parse_rtcp(ByteView(out).first(size)).has_value(), is_whole) << size;
    }
}

TEST(Rtcp, TakesPaddingOffTheLastPacket) {
    EXPECT_EQ(only<ReceiverReport>("a0c90002"
                                   "22222222"
                                   "00000004")
                  .sender,
              Ssrc(0x22222222));
    EXPECT_EQ(parse("a0c90002"
                    "22222222"
                    "00000004"
                    "80c90001"
                    "22222222")
                  .error(),
              RtcpError::kBadPadding);
    for (const std::string padding : {"00000000", "00000003", "0000000c"})
        EXPECT_EQ(parse("a0c90002"
                        "22222222" +
                        padding)
                      .error(),
                  RtcpError::kBadPadding)
            << padding;
    EXPECT_EQ(parse("a0c90000").error(), RtcpError::kBadPadding);
}

TEST(Rtcp, RefusesWhatItCannotRead) {
    EXPECT_EQ(parse("").error(), kTooShort);
    EXPECT_EQ(parse("80c900").error(), kTooShort);
    EXPECT_EQ(parse("80c90001"
                    "222222")
                  .error(),
              kTooShort);
    EXPECT_EQ(parse("40c90001"
                    "22222222")
                  .error(),
              RtcpError::kBadVersion);
    const std::vector<std::string> bad_bodies{
        "81c90001"
        "22222222", // a block that is not there
        "81c80006"
        "22222222" +
            kInfoHex, // the same of a sender
        "80c80005"
        "22222222" +
            kInfoHex.substr(8), // half of what a sender says
        "80c90000",             // nobody's report
        "81ca0000",             // a chunk that is not there
        "81ca0002"
        "00000005"
        "01036162", // a name longer than the chunk
        "81ca0002"
        "00000005"
        "01026162", // items without an end
        "82cb0001"
        "00000001", // one of two sources
        "81cb0002"
        "00000001"
        "04616263", // a reason longer than the packet
        "81cd0001"
        "00000001", // feedback for nobody
        "81cd0002"
        "00000001"
        "00000002", // a NACK of nothing
        "84ce0003"
        "00000001"
        "00000000"
        "00000002", // half an entry
        "84ce0002"
        "00000001"
        "00000000", // a request to nobody
    };
    for (const std::string& hex : bad_bodies)
        EXPECT_EQ(parse(hex).error(), RtcpError::kBadBody) << hex;
}

TEST(Rtcp, ReadsAsManyPacketsAsItsLimit) {
    std::string hex;
    for (std::size_t i = 0; i < kRtcpPacketsMax; ++i)
        hex += "80c90001"
               "22222222";
    EXPECT_EQ(parse(hex)->size(), kRtcpPacketsMax);
    EXPECT_EQ(parse(hex + "80c90001"
                          "22222222")
                  .error(),
              RtcpError::kTooManyPackets);
}

} // namespace
} // namespace vv::rtp
