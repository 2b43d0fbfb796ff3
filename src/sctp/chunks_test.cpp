// INIT, DATA, SACK, FORWARD TSN and RE-CONFIG: each as bytes, and as what it says.
#include "base/encoding.h"
#include "sctp/data_chunk.h"
#include "sctp/init_chunk.h"
#include "sctp/packet.h"
#include "sctp/reconfig_chunk.h"

#include <gtest/gtest.h>

namespace vv::sctp {
namespace {

ByteBuffer bytes_of(std::string_view hex) {
    return *hex_decode(hex);
}
ByteView value_of(ByteView chunk) {
    return chunk.subspan(kChunkHeaderSize);
}
Chunk chunk_of(ByteView bytes) {
    return *ChunkReader(bytes).next();
}

const InitParameters kParameters{.tag = VerificationTag(0x11223344),
                                 .receive_window = 0x00100000,
                                 .outbound_streams = 1024,
                                 .inbound_streams = 1024,
                                 .initial_tsn = 0xFFFFFFF0,
                                 .knows_forward_tsn = true,
                                 .knows_reconfig = true};

TEST(InitChunk, IsWrittenAsTheRfcHasIt) {
    ByteBuffer out;
    write_init(out, kParameters);
    EXPECT_EQ(hex_encode(out), "0100001e"
                               "112233440010000004000400fffffff0"
                               "c0000004"
                               "8008000682c00000");
    const auto init = parse_init(chunk_of(out).value);
    ASSERT_TRUE(init);
    EXPECT_EQ(init->parameters, kParameters);
    EXPECT_TRUE(init->cookie.empty());
}

TEST(InitChunk, CarriesACookieAndWhatWasNotKnown) {
    ByteBuffer out;
    const ByteBuffer cookie = bytes_of("c00c1e00aa");
    write_init_ack(out, kParameters, cookie, bytes_of("c1230004"));
    EXPECT_EQ(out.size() % 4, 0U);
    const auto ack = parse_init(chunk_of(out).value);
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->parameters, kParameters);
    EXPECT_EQ(hex_encode(ack->cookie), "c00c1e00aa");
}

TEST(InitChunk, TellsWhatItDoesNotKnow) {
    const std::string fixed = "112233440010000004000400fffffff0";
    const auto parse = [&](std::string_view parameters) {
        return *parse_init(bytes_of(fixed + std::string(parameters)));
    };
    // RFC 9260 §3.2.1: stop, stop and report, skip, skip and report.
    EXPECT_FALSE(parse("01230004c0000004").parameters.knows_forward_tsn);
    EXPECT_FALSE(parse("41230004c0000004").parameters.knows_forward_tsn);
    EXPECT_EQ(hex_encode(parse("41230005aa000000c0000004").unrecognized), "41230005aa000000");
    EXPECT_TRUE(parse("81230004c0000004").parameters.knows_forward_tsn);
    EXPECT_TRUE(parse("81230004c0000004").unrecognized.empty());
    EXPECT_EQ(hex_encode(parse("c1230004c0000004").unrecognized), "c1230004");
    // Addresses are none of our business.
    const InitChunk with_addresses = parse("00050008c0000201000c000600050000c0000004");
    EXPECT_TRUE(with_addresses.parameters.knows_forward_tsn && with_addresses.unrecognized.empty());
}

TEST(InitChunk, ReportsOnlySoMuch) {
    std::string text = "112233440010000004000400fffffff0";
    const std::string unknown = "c1230008aabbccdd";
    for (std::size_t i = 0; i < kUnrecognizedSizeMax / 8; ++i)
        text += unknown;
    EXPECT_EQ(parse_init(bytes_of(text))->unrecognized.size(), kUnrecognizedSizeMax);
    EXPECT_EQ(parse_init(bytes_of(text + unknown))->unrecognized.size(), kUnrecognizedSizeMax);
}

TEST(InitChunk, RefusesWhatCannotBe) {
    for (const char* bad : {
             "112233440010000004000400ffff",             // too short
             "000000000010000004000400fffffff0",         // no tag
             "11223344000005db04000400fffffff0",         // a window of 1 499 bytes
             "112233440010000000000400fffffff0",         // no streams either way
             "112233440010000004000000fffffff0",         //
             "112233440010000004000400fffffff000010003", // a parameter shorter than its header
             "112233440010000004000400fffffff000010009aa",
         }) {
        EXPECT_FALSE(parse_init(bytes_of(bad))) << bad;
    }
    EXPECT_TRUE(parse_init(bytes_of("11223344000005dc04000400fffffff0"))); // kReceiveWindowMin
}

TEST(DataChunk, IsWrittenAsTheRfcHasIt) {
    ByteBuffer out;
    const ByteBuffer payload = bytes_of("68656c6c6f");
    write_data(out, {.tsn = 7,
                     .stream = StreamId(3),
                     .ssn = 9,
                     .ppid = Ppid::kString,
                     .is_begin = true,
                     .is_end = true,
                     .payload = payload});
    EXPECT_EQ(hex_encode(out), "00030015000000070003000900000033"
                               "68656c6c6f000000");
    const auto data = parse_data(chunk_of(out));
    ASSERT_TRUE(data);
    EXPECT_EQ(data->tsn, 7U);
    EXPECT_EQ(data->stream, StreamId(3));
    EXPECT_EQ(data->ssn, 9);
    EXPECT_EQ(data->ppid, Ppid::kString);
    EXPECT_TRUE(data->is_begin && data->is_end && !data->is_unordered && !data->wants_sack);
    EXPECT_EQ(as_text(data->payload), "hello");
}

TEST(DataChunk, ReadsItsFlags) {
    const auto flags = [](const char* first) {
        return *parse_data(chunk_of(bytes_of(std::string(first) + "0011000000070003000900000033aa000000")));
    };
    EXPECT_TRUE(flags("0001").is_end && !flags("0001").is_begin);
    EXPECT_TRUE(flags("0002").is_begin && !flags("0002").is_end);
    EXPECT_TRUE(flags("0004").is_unordered);
    EXPECT_TRUE(flags("0008").wants_sack);
}

TEST(DataChunk, IsNeverEmpty) {
    EXPECT_FALSE(parse_data(chunk_of(bytes_of("00030010000000070003000900000033"))));
    EXPECT_FALSE(parse_data(chunk_of(bytes_of("0003000c0000000700030009"))));
}

TEST(SackChunk, IsWrittenAsTheRfcHasIt) {
    ByteBuffer out;
    const std::vector<GapBlock> gaps{{2, 3}, {5, 5}};
    const std::vector<std::uint32_t> duplicates{99};
    write_sack(out, {.cumulative_tsn = 12, .receive_window = 4660, .gaps = gaps, .duplicates = duplicates});
    EXPECT_EQ(hex_encode(out), "0300001c0000000c0000123400020001"
                               "000200030005000500000063");
    const auto sack = parse_sack(value_of(out));
    ASSERT_TRUE(sack);
    EXPECT_EQ(sack->cumulative_tsn, 12U);
    EXPECT_EQ(sack->receive_window, 4660U);
    ASSERT_EQ(sack->gap_count(), 2U);
    EXPECT_EQ(sack->gap(0), gaps[0]);
    EXPECT_EQ(sack->gap(1), gaps[1]);
    EXPECT_EQ(sack->duplicate_count(), 1U);
}

TEST(SackChunk, RefusesBlocksThatOverlapOrGoBack) {
    const auto parse = [](std::string_view gaps) {
        return parse_sack(bytes_of("0000000c0000123400020000" + std::string(gaps))).has_value();
    };
    EXPECT_TRUE(parse("0002000300050005"));
    EXPECT_TRUE(parse("0002000300040005")); // could have been one; harmless
    EXPECT_FALSE(parse("0000000300050005"));
    EXPECT_FALSE(parse("0003000200050005"));
    EXPECT_FALSE(parse("0002000500050006"));
    EXPECT_FALSE(parse("0005000600020003"));
    EXPECT_FALSE(parse("00020003")); // one of two
    EXPECT_FALSE(parse("000200030005"));
    EXPECT_FALSE(parse_sack(bytes_of("0000000c000012340000")));
    EXPECT_FALSE(parse_sack(bytes_of("0000000c0000123400000001"))); // a duplicate that is not there
}

TEST(ForwardTsnChunk, IsWrittenAsTheRfcHasIt) {
    ByteBuffer out;
    const std::vector<SkippedStream> streams{{StreamId(1), 2}, {StreamId(3), 4}};
    write_forward_tsn(out, 0x01020304, streams);
    EXPECT_EQ(hex_encode(out), "c0000010010203040001000200030004");
    const auto forward = parse_forward_tsn(value_of(out));
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->new_cumulative_tsn, 0x01020304U);
    ASSERT_EQ(forward->stream_count(), 2U);
    EXPECT_EQ(forward->stream(0), streams[0]);
    EXPECT_EQ(forward->stream(1), streams[1]);
    EXPECT_FALSE(parse_forward_tsn(bytes_of("010203")));
    EXPECT_FALSE(parse_forward_tsn(bytes_of("010203040001")));
}

TEST(ReconfigChunk, AsksForStreams) {
    ByteBuffer out;
    const OutgoingReset reset{5, 6, 7, {StreamId(1), StreamId(2), StreamId(3)}};
    write_outgoing_reset(out, reset);
    EXPECT_EQ(hex_encode(out), "8200001a000d0016000000050000000600000007000100020003"
                               "0000");
    EXPECT_EQ(outgoing_reset_size(3), out.size());
    const auto parsed = parse_reconfig(chunk_of(out).value);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, std::vector<ReconfigParameter>{reset});
}

TEST(ReconfigChunk, Answers) {
    ByteBuffer out;
    write_reconfig_response(out, {5, ReconfigResult::kPerformed});
    EXPECT_EQ(hex_encode(out), "820000100010000c0000000500000001");
}

TEST(ReconfigChunk, RefusesWhatCannotBe) {
    EXPECT_FALSE(parse_reconfig({}));
    EXPECT_FALSE(parse_reconfig(bytes_of("000d000c0000000500000006")));           // no last TSN
    EXPECT_FALSE(parse_reconfig(bytes_of("000d0011000000050000000600000007aa"))); // half a stream
    EXPECT_FALSE(parse_reconfig(bytes_of("0010000800000005")));                   // no result
    EXPECT_FALSE(parse_reconfig(bytes_of("001300080000000500000001")));           // none that exists
    EXPECT_FALSE(parse_reconfig(bytes_of("000e000600050000")));                   // no number
    const std::string answer = "0010000c0000000500000001";
    EXPECT_TRUE(parse_reconfig(bytes_of(answer + answer)));
    EXPECT_FALSE(parse_reconfig(bytes_of(answer + answer + answer))); // more than kReconfigParametersMax
    const auto other = parse_reconfig(bytes_of("0011000c0000000500100000"));
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, std::vector<ReconfigParameter>{OtherRequest{5}});
}

} // namespace
} // namespace vv::sctp
