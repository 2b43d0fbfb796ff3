#include "net/proxy_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace vv::net {
namespace {

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

ByteBuffer header(std::uint8_t command, std::uint8_t family, const ByteBuffer& rest) {
    ByteBuffer bytes{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, family};
    ByteWriter writer(bytes);
    writer.write_u16(static_cast<std::uint16_t>(rest.size()));
    writer.write(rest);
    return bytes;
}

ByteBuffer addresses(std::string_view client, std::string_view server) {
    ByteBuffer rest;
    ByteWriter writer(rest);
    writer.write(at(client).ip.bytes());
    writer.write(at(server).ip.bytes());
    writer.write_u16(at(client).port);
    writer.write_u16(at(server).port);
    return rest;
}

// As a connection reads it: never more than what is wanted, and in pieces of this size.
Result<std::optional<ProxyHeader>, ProxyError> read(ByteView bytes, std::size_t piece, std::size_t* left = nullptr) {
    ProxyHeaderReader reader;
    while (true) {
        const std::size_t size = std::min({piece, reader.wanted(), bytes.size()});
        const auto outcome = reader.handle_input(bytes.first(size));
        bytes = bytes.subspan(size);
        if (left != nullptr) *left = bytes.size();
        if (!outcome || *outcome || bytes.empty()) return outcome;
    }
}

const ByteBuffer kV4 = header(0x21, 0x11, addresses("12.0.0.1:1000", "11.0.0.1:443"));
const ByteBuffer kV6 = header(0x21, 0x21, addresses("[2600::9]:1000", "[2600::1]:443"));

TEST(ProxyHeader, TellsTheClientHoweverItIsCut) {
    for (std::size_t piece = 1; piece <= kV6.size(); ++piece) {
        const auto four = read(kV4, piece).value().value();
        EXPECT_EQ(four.told->client, at("12.0.0.1:1000"));
        EXPECT_EQ(four.told->server, at("11.0.0.1:443"));
        const auto six = read(kV6, piece).value().value();
        EXPECT_EQ(six.told->client, at("[2600::9]:1000"));
        EXPECT_EQ(six.told->server, at("[2600::1]:443"));
    }
}

TEST(ProxyHeader, LeavesWhatFollows) {
    ByteBuffer bytes = kV4;
    bytes.insert(bytes.end(), {0x16, 0x03, 0x01});
    std::size_t left = 0;
    EXPECT_TRUE(read(bytes, 1000, &left).value());
    EXPECT_EQ(left, 3U);
}

TEST(ProxyHeader, UnmapsIpv4WithinIpv6) {
    const auto told = read(header(0x21, 0x21, addresses("[::ffff:12.0.0.1]:1000", "[2600::1]:443")), 100);
    EXPECT_EQ(told.value()->told->client, at("12.0.0.1:1000"));
}

TEST(ProxyHeader, SkipsFieldsBehindTheAddresses) {
    ByteBuffer rest = addresses("12.0.0.1:1000", "11.0.0.1:443");
    rest.insert(rest.end(), {0x01, 0x00, 0x02, 'h', '2', 0x04, 0x00, 0x00, 0xFF});
    EXPECT_EQ(read(header(0x21, 0x11, rest), 7).value()->told->client, at("12.0.0.1:1000"));
}

TEST(ProxyHeader, LocalAndUnspecifiedTellNobody) {
    for (const ByteBuffer& bytes :
         {header(0x20, 0x00, {}), header(0x20, 0x11, addresses("12.0.0.1:1", "11.0.0.1:1")),
          header(0x20, 0x31, ByteBuffer(216)), header(0x21, 0x00, {}), header(0x21, 0x00, ByteBuffer(50))}) {
        const auto read_header = read(bytes, 5);
        ASSERT_TRUE(read_header && *read_header);
        EXPECT_FALSE((*read_header)->told);
    }
}

TEST(ProxyHeader, RefusesAnotherSignatureAtItsFirstWrongByte) {
    for (std::size_t i = 0; i < 12; ++i) {
        ByteBuffer bytes = kV4;
        bytes[i] ^= 1U;
        EXPECT_EQ(read(ByteView(bytes).first(i + 1), 1).error(), ProxyError::kNoSignature) << i;
    }
    for (const std::string_view other : {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01"})
        EXPECT_EQ(read(as_bytes(other), 1).error(), ProxyError::kNoSignature);
}

TEST(ProxyHeader, RefusesOtherVersionsCommandsAndFamilies) {
    const ByteBuffer rest = addresses("12.0.0.1:1000", "11.0.0.1:443");
    for (const std::uint8_t command : ByteBuffer{0x00, 0x01, 0x11, 0x22, 0x2F, 0x31, 0xFF})
        EXPECT_EQ(read(header(command, 0x11, rest), 100).error(), ProxyError::kBadVersion);
    for (const std::uint8_t family : ByteBuffer{0x01, 0x10, 0x12, 0x20, 0x22, 0x31, 0x32, 0x41, 0xFF})
        EXPECT_EQ(read(header(0x21, family, ByteBuffer(216)), 100).error(), ProxyError::kBadFamily);
}

TEST(ProxyHeader, RefusesAHeaderWithoutRoomForItsAddresses) {
    EXPECT_TRUE(read(header(0x21, 0x11, ByteBuffer(12)), 100).value());
    EXPECT_EQ(read(header(0x21, 0x11, ByteBuffer(11)), 100).error(), ProxyError::kTooShort);
    EXPECT_TRUE(read(header(0x21, 0x21, ByteBuffer(36)), 100).value());
    EXPECT_EQ(read(header(0x21, 0x21, ByteBuffer(35)), 100).error(), ProxyError::kTooShort);
    EXPECT_EQ(read(header(0x21, 0x11, {}), 100).error(), ProxyError::kTooShort);
}

TEST(ProxyHeader, HasAGreatestLength) {
    EXPECT_TRUE(read(header(0x21, 0x11, ByteBuffer(kProxyRestMax)), 100).value());
    const ByteBuffer longer = header(0x21, 0x11, ByteBuffer(kProxyRestMax + 1));
    EXPECT_EQ(read(ByteView(longer).first(kProxyFixedSize), 100).error(), ProxyError::kTooLong)
        << "told before it is read";
}

} // namespace
} // namespace vv::net
