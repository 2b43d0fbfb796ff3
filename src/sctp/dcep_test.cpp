#include "base/encoding.h"
#include "sctp/dcep.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

using namespace std::chrono_literals;

Result<DcepMessage, DcepError> parse(std::string_view hex) {
    return parse_dcep(*hex_decode(hex));
}

TEST(Dcep, IsWrittenAsTheRfcHasIt) {
    EXPECT_EQ(hex_encode(write_channel_open({.label = "chat", .protocol = "v1"})), "0300"
                                                                                   "0100"
                                                                                   "00000000"
                                                                                   "00040002"
                                                                                   "636861747631");
    EXPECT_EQ(hex_encode(write_channel_open({.is_ordered = false, .retransmissions_max = 3, .priority = 128})),
              "038100800000000300000000");
    EXPECT_EQ(hex_encode(write_channel_open({.lifetime_max = 65'535ms})), "030201000000ffff00000000");
    EXPECT_EQ(hex_encode(write_channel_ack()), "02");
}

TEST(Dcep, ReadsWhatItWrites) {
    for (const ChannelOptions& options : {
             ChannelOptions{},
             ChannelOptions{.label = "ü", .protocol = "x", .is_ordered = false},
             ChannelOptions{.retransmissions_max = 0},
             ChannelOptions{.is_ordered = false, .retransmissions_max = 65'535},
             ChannelOptions{.lifetime_max = 0ms},
             ChannelOptions{.is_ordered = false, .lifetime_max = 500ms, .priority = 1'024},
         }) {
        const auto parsed = parse_dcep(write_channel_open(options));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(*parsed, DcepMessage(ChannelOpen{options}));
    }
    EXPECT_EQ(*parse_dcep(write_channel_ack()), DcepMessage(ChannelAck{}));
}

TEST(Dcep, IgnoresTheLimitOfAReliableChannel) {
    EXPECT_EQ(*parse("030001000000000900000000"), DcepMessage(ChannelOpen{}));
}

TEST(Dcep, RefusesWhatCannotBe) {
    EXPECT_EQ(parse("").error(), DcepError::kMalformed);
    EXPECT_EQ(parse("03").error(), DcepError::kMalformed);
    EXPECT_EQ(parse("0300010000000000000000").error(), DcepError::kMalformed);
    EXPECT_EQ(parse("030001000000000000010000").error(), DcepError::kMalformed);   // a label that is not there
    EXPECT_EQ(parse("03000100000000000000000061").error(), DcepError::kMalformed); // and one that nobody speaks of
    EXPECT_EQ(parse("01").error(), DcepError::kUnknownType);
    EXPECT_EQ(parse("030301000000000000000000").error(), DcepError::kUnknownType);
    EXPECT_EQ(parse("03010100000100000000"
                    "0000")
                  .error(),
              DcepError::kBadReliability);
}

TEST(Dcep, HasLabelsOfSoManyBytes) {
    const std::string longest(kLabelSizeMax, 'x');
    const ChannelOptions options{.label = longest, .protocol = longest};
    EXPECT_EQ(*parse_dcep(write_channel_open(options)), DcepMessage(ChannelOpen{options}));
    for (const bool is_label : {true, false}) {
        ByteBuffer bytes;
        ByteWriter writer(bytes);
        writer.write(*hex_decode("0300010000000000"));
        writer.write_u16(is_label ? kLabelSizeMax + 1 : 0);
        writer.write_u16(is_label ? 0 : kLabelSizeMax + 1);
        writer.write_zeros(kLabelSizeMax + 1);
        EXPECT_EQ(parse_dcep(bytes).error(), DcepError::kTooLong);
    }
}

} // namespace
} // namespace vv::sctp
