// Connections through a proxy that tells whose they are, with real sockets.
#include "net/turn_server_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace vv::net {
namespace {

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

ByteBuffer proxy_header(std::string_view client, std::uint8_t command = 0x21) {
    ByteBuffer bytes{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, 0x11};
    ByteWriter writer(bytes);
    writer.write_u16(12);
    writer.write(at(client).ip.bytes());
    writer.write(at("11.0.0.1:443").ip.bytes());
    writer.write_u16(at(client).port);
    writer.write_u16(443);
    return bytes;
}

class Proxied : public testing::TestWithParam<bool> {
protected:
    static TurnServer::Options options() {
        TurnServer::Options options;
        options.tls = GetParam();
        options.proxies = {true, {*IpPrefix::parse("127.0.0.0/8")}};
        return options;
    }
    // With these bytes before everything else.
    static TurnClient through_proxy(const TurnServer& server, const ByteBuffer& header) {
        return {server.page, GetParam(), 1, 0, header};
    }
    static std::uint64_t refused(const TurnServer& server, const std::string& reason) {
        return server.metrics.count_of("visavis_proxy_refused_total", "reason=\"" + reason + "\"");
    }
};

INSTANTIATE_TEST_SUITE_P(Over, Proxied, testing::Bool(), [](const auto& given) { return given.param ? "Tls" : "Tcp"; });

TEST_P(Proxied, TheClientIsWhomTheProxyNames) {
    TurnServer server(options());
    TurnClient client = through_proxy(server, proxy_header("12.0.0.1:1000"));
    EXPECT_EQ(client.ask(binding_request()).address(stun::AttributeType::kXorMappedAddress), at("12.0.0.1:1000"));
    TurnClient page = through_proxy(server, proxy_header("12.0.0.2:1000"));
    EXPECT_EQ(page.stream.get("/").status, 200);
}

TEST_P(Proxied, TheHeaderMayComeInPieces) {
    TurnServer server(options());
    TurnClient client(server.page, false, 1);
    for (const std::uint8_t byte : proxy_header("12.0.0.1:1000"))
        client.stream.send(ByteBuffer{byte});
    if (GetParam()) client.stream.begin_tls();
    EXPECT_TRUE(client.ask(binding_request()).is_success());
}

TEST_P(Proxied, AProxyMaySpeakForItself) {
    TurnServer server(options());
    TurnClient client = through_proxy(server, proxy_header("12.0.0.1:1000", 0x20));
    EXPECT_EQ(client.ask(binding_request()).address(stun::AttributeType::kXorMappedAddress),
              local_address(client.stream.fd()));
}

TEST_P(Proxied, LimitsCountTheClientsAndNotTheProxy) {
    auto given = options();
    given.per_address = 1;
    TurnServer server(given);
    TurnClient first = through_proxy(server, proxy_header("12.0.0.1:1000"));
    EXPECT_TRUE(first.ask(binding_request()).is_success());
    TestClient same(server.page, false);
    same.send(proxy_header("12.0.0.1:1001"));
    EXPECT_EQ(same.read_all(), "");
    EXPECT_EQ(server.counters.refused.value(), 1U);
    TurnClient other = through_proxy(server, proxy_header("12.0.0.2:1000"));
    EXPECT_TRUE(other.ask(binding_request()).is_success());
}

TEST_P(Proxied, QuotasCountTheClients) {
    auto given = options();
    given.turn.quotas.per_source = 1;
    TurnServer server(given);
    TurnClient first = through_proxy(server, proxy_header("12.0.0.1:1000"));
    (void)first.allocate();
    TurnClient same = through_proxy(server, proxy_header("12.0.0.1:1001"));
    same.turn.nonce = same.ask(same.turn.bare_allocate()).text(stun::AttributeType::kNonce);
    EXPECT_EQ(same.ask(same.turn.request(stun::Method::kAllocate, turn::test::TestClient::want_udp)).error(), 486);
    TurnClient other = through_proxy(server, proxy_header("12.0.0.2:1000"));
    (void)other.allocate();
}

// A client's port comes again before its old connection is known to be gone.
TEST_P(Proxied, TheNewerConnectionOfOnePathStays) {
    TurnServer server(options());
    TurnClient old = through_proxy(server, proxy_header("12.0.0.1:1000"));
    const SocketAddress relayed = old.allocate();
    TurnClient next = through_proxy(server, proxy_header("12.0.0.1:1000"));
    EXPECT_TRUE(next.ask(binding_request()).is_success());
    EXPECT_TRUE(old.is_closed());
    server.wait_until([&] { return !server.is_live(relayed); });
    EXPECT_TRUE(next.ask(binding_request()).is_success());
}

TEST_P(Proxied, WithoutAHeaderNobodyIsServed) {
    TurnServer server(options());
    TestClient plain(server.page, false);
    plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(plain.read_all(), "");
    TestClient encrypted(server.page, true);
    EXPECT_FALSE(encrypted.is_encrypted());
    TestClient half(server.page, false);
    half.send(as_text(ByteView(proxy_header("12.0.0.1:1000")).first(20)));
    half.half_close();
    EXPECT_EQ(half.read_all(), "");
    server.wait_until([&] { return refused(server, "header") == 3; });
}

TEST_P(Proxied, ALateHeaderEndsTheConnection) {
    auto given = options();
    given.times.handshake = 50ms;
    TurnServer server(given);
    TestClient client(server.page, false);
    client.send(as_text(ByteView(proxy_header("12.0.0.1:1000")).first(20)));
    EXPECT_EQ(client.read_all(), "");
    server.wait_until([&] { return refused(server, "late") == 1; });
}

TEST_P(Proxied, StrangersAreDropped) {
    auto given = options();
    given.proxies.from = {*IpPrefix::parse("10.0.0.0/8")};
    TurnServer server(given);
    TestClient client(server.page, false);
    client.send(proxy_header("12.0.0.1:1000"));
    (void)client.read_all();
    server.wait_until([&] { return refused(server, "source") == 1; });
    EXPECT_EQ(server.counters.accepted.value(), 0U);
}

} // namespace
} // namespace vv::net
