// ClientHellos as current browsers send them: with a post-quantum key share they
// take two datagrams, which come in either order, twice, or before start().
#include "base/encoding.h"
#include "dtls/browser_hellos_for_test.h"
#include "dtls/link_for_test.h"
#include "dtls/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace vv::dtls {
namespace {

using namespace test;

constexpr std::size_t kRecordHeader = 13;    // RFC 6347 §4.1
constexpr std::size_t kHandshakeHeader = 12; // §4.2.2
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint64_t kRecordNumbers = 16; // past those of what the active end says next

// A datagram with the bytes [from, to) of the one handshake message that hello holds.
ByteBuffer fragment(const ByteBuffer& hello, std::uint64_t number, std::size_t from, std::size_t to) {
    const ByteView header = ByteView(hello).first(kRecordHeader + kHandshakeHeader);
    ByteBuffer out(header.begin(), header.begin() + 3);
    ByteWriter writer(out);
    writer.write_u64(kRecordNumbers + number); // epoch 0
    writer.write_u16(static_cast<std::uint16_t>(kHandshakeHeader + to - from));
    writer.write(header.subspan(kRecordHeader, 6)); // type, length, message number
    writer.write_u8(0);
    writer.write_u16(static_cast<std::uint16_t>(from));
    writer.write_u8(0);
    writer.write_u16(static_cast<std::uint16_t>(to - from));
    writer.write(ByteView(hello).subspan(header.size() + from, to - from));
    return out;
}

class DtlsHello : public testing::Test {
protected:
    Link link;
    ByteBuffer hello;
    std::size_t size = 0; // of the message

    void SetUp() override {
        link.active.session.start(link.now, active_config());
        hello = link.active.session.poll_transmit().value();
        ASSERT_EQ(hello.at(kRecordHeader), kClientHello);
        size = hello.size() - kRecordHeader - kHandshakeHeader;
    }
    void hand_in(const ByteBuffer& datagram) { link.passive.session.handle_input(link.now, datagram); }
    void expect_connects() {
        link.collect();
        EXPECT_TRUE(link.connect());
        EXPECT_EQ(link.active.session.counters().retransmissions, 0U);
    }
};

TEST_F(DtlsHello, InTwoDatagramsIsJoined) {
    link.passive.session.start(link.now, passive_config());
    hand_in(fragment(hello, 0, 0, size / 2));
    EXPECT_EQ(link.passive.session.poll_transmit(), std::nullopt);
    hand_in(fragment(hello, 1, size / 2, size));
    expect_connects();
}

TEST_F(DtlsHello, InTwoDatagramsIsJoinedTheOtherWayRound) {
    link.passive.session.start(link.now, passive_config());
    hand_in(fragment(hello, 1, size / 2, size));
    hand_in(fragment(hello, 0, 0, size / 2));
    expect_connects();
}

TEST_F(DtlsHello, InTwoDatagramsIsKeptUntilTheStart) {
    hand_in(fragment(hello, 1, size / 2, size));
    hand_in(fragment(hello, 0, 0, size / 2));
    link.passive.session.start(link.now, passive_config());
    expect_connects();
}

TEST_F(DtlsHello, IsJoinedHalfBeforeTheStartAndHalfAfter) {
    hand_in(fragment(hello, 0, 0, size / 2));
    link.passive.session.start(link.now, passive_config());
    hand_in(fragment(hello, 1, size / 2, size));
    expect_connects();
}

TEST_F(DtlsHello, IsJoinedWhereverItWasCut) {
    for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, std::size_t{34}, size - 1}) {
        End passive(passive_certificate());
        passive.session.start(link.now, passive_config());
        passive.session.handle_input(link.now, fragment(hello, 1, cut, size));
        passive.session.handle_input(link.now, fragment(hello, 0, 0, cut));
        EXPECT_TRUE(passive.session.poll_transmit()) << cut;
    }
}

TEST_F(DtlsHello, IsJoinedOfPiecesThatComeTwiceAndOverlap) {
    link.passive.session.start(link.now, passive_config());
    hand_in(fragment(hello, 0, 0, size / 2));
    hand_in(fragment(hello, 0, 0, size / 2));
    hand_in(fragment(hello, 1, size / 3, size - 5));
    hand_in(fragment(hello, 2, size / 4, size));
    expect_connects();
}

TEST_F(DtlsHello, OfPiecesThatContradictEachOtherIsNoHello) {
    link.passive.session.start(link.now, passive_config());
    hand_in(fragment(hello, 0, 0, size / 2));
    ByteBuffer longer = fragment(hello, 1, size / 2, size);
    ++longer[kRecordHeader + 3]; // the message's length
    hand_in(longer);
    link.passive.take_events();
    EXPECT_EQ(link.passive.failed.value().why, Failed::Why::kProtocol);
    EXPECT_FALSE(link.passive.session.poll_transmit());
}

TEST_F(DtlsHello, InManyPiecesIsJoined) {
    link.passive.session.start(link.now, passive_config());
    std::vector<ByteBuffer> pieces;
    for (std::size_t at = 0; at < size; at += 16)
        pieces.push_back(fragment(hello, pieces.size(), at, std::min(at + 16, size)));
    std::ranges::reverse(pieces);
    for (const ByteBuffer& piece : pieces)
        hand_in(piece);
    expect_connects();
}

// What a passive end says to both datagrams of a browser's hello: the type of each handshake message in it.
std::vector<std::uint8_t> answer_to(const ByteBuffer& one, const ByteBuffer& other, bool is_early) {
    End passive(passive_certificate());
    const Instant now{1h};
    if (!is_early) passive.session.start(now, passive_config());
    passive.session.handle_input(now, one);
    EXPECT_EQ(passive.session.poll_transmit(), std::nullopt);
    passive.session.handle_input(now, other);
    if (is_early) passive.session.start(now, passive_config());
    std::vector<std::uint8_t> types;
    while (const auto datagram = passive.session.poll_transmit()) {
        for (ByteReader reader(*datagram); !reader.at_end();) {
            const ByteView header = reader.read_slice(kRecordHeader).value();
            const auto size = ByteReader(header.subspan(kRecordHeader - 2)).read_u16().value();
            types.push_back(reader.read_slice(size).value()[0]);
        }
    }
    EXPECT_EQ(passive.session.poll_event(), std::nullopt);
    return types;
}

TEST(DtlsBrowserHello, IsAnsweredInEitherOrderEarlyOrNot) {
    // ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
    const std::vector<std::uint8_t> whole{2, 11, 12, 13, 14};
    for (const auto& hello : {kChromium156Hello, kFirefox153Hello}) {
        const ByteBuffer first = hex_decode(hello[0]).value();
        const ByteBuffer second = hex_decode(hello[1]).value();
        for (const bool is_early : {false, true}) {
            EXPECT_EQ(answer_to(first, second, is_early), whole);
            EXPECT_EQ(answer_to(second, first, is_early), whole);
        }
    }
}

} // namespace
} // namespace vv::dtls
