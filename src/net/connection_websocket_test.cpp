#include "net/server_for_test.h"

#include <gtest/gtest.h>

namespace vv::net {
namespace {

class WebSocketBothWays : public BothWays {};

INSTANTIATE_TEST_SUITE_P(Connection, WebSocketBothWays, testing::Bool(),
                         [](const auto& given) { return given.param ? "Tls" : "Plain"; });

TEST_P(WebSocketBothWays, EchoesMessagesOfEverySize) {
    EXPECT_EQ(client.open_websocket().status, 101);
    EXPECT_EQ(client.read_message()->second, "welcome");
    for (const std::size_t size : {0U, 1U, 125U, 126U, 16384U, 32768U}) {
        client.send_text(std::string(size, 'a'));
        ASSERT_EQ(client.read_message()->second.size(), size);
    }
    ByteBuffer many;
    for (int i = 0; i < 200; ++i)
        write_masked_frame(many, Opcode::kText, as_bytes(std::to_string(i)), {9, 8, 7, 6});
    client.send(many);
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(client.read_message()->second, std::to_string(i));
    client.send_frame(Opcode::kClose, as_text(close_payload(CloseCode::kNormal, "done")));
    EXPECT_EQ(client.read_close_code(), 1000);
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 1);
}

TEST_P(WebSocketBothWays, FramesRightBehindTheUpgradeAreRead) {
    ByteBuffer frame;
    write_masked_frame(frame, Opcode::kText, as_bytes("early"), {1, 1, 1, 1});
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Protocol: visavis.1\r\n\r\n" +
                std::string(as_text(frame)));
    EXPECT_EQ(client.read_response().status, 101);
    EXPECT_EQ(client.read_message()->second, "welcome");
    EXPECT_EQ(client.read_message()->second, "early");
}

TEST_P(WebSocketBothWays, ASlowWebSocketReaderIsCutOff) {
    TestClient slow(server.address, GetParam(), 4096);
    ASSERT_EQ(slow.open_websocket().status, 101);
    slow.send_text("flood me");
    server.wait_until_left(1); // the fixture's own client
    EXPECT_EQ(server.counters.slow_readers.value(), 1U);
    EXPECT_EQ(server.echo.closed, 1);
}

// Each send is a TLS record; all of them are in the socket before the server, which reads ahead, looks.
TEST(WebSocketConnection, ACutWhileTlsStillHoldsInputIsTheEndOfIt) {
    for (int before = 0; before < 6; ++before) {
        TestServer server({.tls = true});
        TestClient slow(server.address, true, 4096);
        ASSERT_EQ(slow.open_websocket().status, 101);
        server.on_shard([&](Shard&) {
            for (int i = 0; i < before; ++i)
                slow.send_text("hello");
            slow.send_text("flood me");
            for (int i = 0; i < 6; ++i)
                slow.send_text("too late");
        });
        server.wait_until_empty();
        EXPECT_EQ(server.counters.slow_readers.value(), 1U);
        EXPECT_EQ(server.echo.closed, 1);
    }
}

// A frame whose first byte, with its flags and opcode, is given.
ByteBuffer frame(std::uint8_t first, std::string_view payload) {
    ByteBuffer out;
    write_masked_frame(out, Opcode::kText, as_bytes(payload), {5, 6, 7, 8});
    out[0] = first;
    return out;
}

class WebSocketFaults : public testing::Test {
protected:
    int close_code_after(const ByteBuffer& bytes) { return close_code_after(as_text(bytes)); }
    int close_code_after(std::string_view bytes) {
        TestClient client(server.address);
        EXPECT_EQ(client.open_websocket().status, 101);
        client.send(bytes);
        const int code = client.read_close_code();
        EXPECT_EQ(client.read_all(), "");
        return code;
    }
    TestServer server;
};

TEST_F(WebSocketFaults, EachHasItsCloseCode) {
    ByteBuffer unmasked;
    write_frame(unmasked, Opcode::kText, as_bytes("no mask"));
    EXPECT_EQ(close_code_after(unmasked), 1002);
    EXPECT_EQ(close_code_after(frame(0xC1, "reserved bit")), 1002);
    EXPECT_EQ(close_code_after(frame(0x83, "opcode")), 1002);
    EXPECT_EQ(close_code_after(frame(0x81, "\xFF")), 1007);
    EXPECT_EQ(close_code_after(frame(0x81, std::string(kWebSocketMessageMax + 1, 'a'))), 1009);
    EXPECT_EQ(close_code_after(frame(0x82, "binary")), 1003);
    EXPECT_EQ(close_code_after(frame(0x88, "")), 1005);
    EXPECT_EQ(close_code_after(frame(0x88, "x")), 1002);
    EXPECT_EQ(close_code_after(frame(0x88, as_text(close_payload(static_cast<CloseCode>(4321), "own")))), 4321);
    EXPECT_EQ(close_code_after(frame(0x88, as_text(close_payload(static_cast<CloseCode>(1006), "")))), 1002);
    server.wait_until_empty();
    EXPECT_EQ(server.echo.opened, server.echo.closed);
}

TEST_F(WebSocketFaults, ControlFramesBetweenFragmentsAreAnsweredAtOnce) {
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    client.send(frame(0x01, "one "));
    client.send(frame(0x89, "ping"));
    const auto pong = client.read_message();
    EXPECT_EQ(pong->first, Opcode::kPong);
    EXPECT_EQ(pong->second, "ping");
    client.send(frame(0x80, "two"));
    EXPECT_EQ(client.read_message()->second, "one two");
}

// In one piece, so that no time passes between the first and the last.
TEST_F(WebSocketFaults, PingsHaveTheirRate) {
    ByteBuffer pings;
    for (int i = 0; i < kFrameRate.burst; ++i)
        write_masked_frame(pings, Opcode::kPing, {}, {1, 2, 3, 4});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    client.send(pings);
    for (int i = 0; i < kFrameRate.burst; ++i)
        ASSERT_EQ(client.read_message()->first, Opcode::kPong);
    write_masked_frame(pings, Opcode::kPing, {}, {1, 2, 3, 4});
    EXPECT_EQ(close_code_after(pings), 1008);
}

TEST_F(WebSocketFaults, FragmentsHaveTheirRate) {
    std::string message(as_text(frame(0x01, "a")));
    const std::string empty(as_text(frame(0x00, "")));
    for (int i = 2; i < kFrameRate.burst; ++i)
        message += empty;
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    client.send(message + std::string(as_text(frame(0x80, "z"))));
    EXPECT_EQ(client.read_message()->second, "az");
    EXPECT_EQ(close_code_after(message + empty + empty), 1008);
}

TEST(WebSocketConnection, DrippingAMessageDoesNotStretchItsTime) {
    TestServer server({.times = times_with(&ConnectionTimes::message, 50ms)});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    ByteBuffer message;
    write_masked_frame(message, Opcode::kText, as_bytes(std::string(30'000, 'a')), {1, 2, 3, 4});
    for (std::size_t i = 0; i < message.size() && server.counters.protocol_errors.value() == 0; ++i) {
        client.send(as_text(ByteView(message).subspan(i, 1)));
        server.on_shard([](Shard&) {});
    }
    EXPECT_EQ(client.read_close_code(), 1008);
}

TEST(WebSocketConnection, PingsDoNotStretchTheTimeOfAMessage) {
    TestServer server({.times = times_with(&ConnectionTimes::message, 50ms)});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    client.send(frame(0x01, "half"));
    for (int i = 0; i < 100 && server.counters.protocol_errors.value() == 0; ++i) {
        client.send_frame(Opcode::kPing, "");
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(client.read_close_code(), 1008);
}

TEST(WebSocketConnection, ManyMessagesInALongRowAreNotOneLongMessage) {
    TestServer server({.times = times_with(&ConnectionTimes::message, 50ms)});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    // Each piece ends one message and begins the next, so the reader is never between two.
    ByteBuffer message;
    write_masked_frame(message, Opcode::kText, as_bytes("whole"), {1, 2, 3, 4});
    const std::string_view text = as_text(message);
    client.send(text.substr(0, 3));
    for (int i = 0; i < 20; ++i) {
        client.send(std::string(text.substr(3)).append(text.substr(0, 3)));
        ASSERT_EQ(client.read_message()->second, "whole");
        std::this_thread::sleep_for(5ms);
    }
}

TEST_F(WebSocketFaults, AClientThatVanishesInTheMiddleOfAMessageIsForgotten) {
    {
        TestClient client(server.address);
        ASSERT_EQ(client.open_websocket().status, 101);
        client.send(frame(0x01, "half of a"));
    }
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 1);
}

TEST_F(WebSocketFaults, TheApplicationsCloseWaitsForTheAnswer) {
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.send_text("close me");
    client.send_text("not heard any more");
    EXPECT_EQ(client.read_close_code(), 4001);
    client.send_frame(Opcode::kClose, as_text(close_payload(static_cast<CloseCode>(4001), "")));
    EXPECT_EQ(client.read_all(), "");
    server.wait_until_empty();
    EXPECT_EQ(server.echo.closed, 0) << "the application knew";
}

TEST(WebSocketConnection, AClientThatDoesNotAnswerOurCloseIsLeft) {
    TestServer server({.times = times_with(&ConnectionTimes::close, 20ms)});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.send_text("close me");
    server.wait_until_empty();
}

TEST_P(WebSocketBothWays, OfThePingsOfOneWhoDoesNotReadTheNewestIsAnswered) {
    TestClient slow(server.address, GetParam(), 4096);
    ASSERT_EQ(slow.open_websocket().status, 101);
    ASSERT_EQ(slow.read_message()->second, "welcome");
    slow.send_text("fill me");
    for (int i = 1; i <= 200; ++i)
        slow.send_frame(Opcode::kPing, std::to_string(i));
    slow.send_text("the end");
    std::vector<std::string> pongs;
    auto message = slow.read_message();
    for (; message && message->second != "the end"; message = slow.read_message())
        EXPECT_EQ(message->second.size(), 10'000U);
    ASSERT_TRUE(message) << "what is no pong comes first";
    message = slow.read_message();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->first, Opcode::kPong);
    EXPECT_EQ(message->second, "200");
}

TEST(WebSocketConnection, WhoPingsButTakesNothingIsCutOff) {
    ConnectionTimes times = times_with(&ConnectionTimes::stall, 50ms);
    times.ping = 10ms;
    times.pong = 300ms;
    times.ping_spread = 0ms;
    TestServer server({.times = times});
    TestClient slow(server.address, false, 4096);
    ASSERT_EQ(slow.open_websocket().status, 101);
    slow.send_text("fill me");
    while (server.counters.open.value() > 0) {
        slow.send_frame(Opcode::kPong, "");
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(server.counters.slow_readers.value(), 1U);
    EXPECT_EQ(server.counters.silent.value(), 0U);
}

TEST(WebSocketConnection, PingsAndKeepsWhoAnswers) {
    ConnectionTimes times;
    times.ping = 10ms;
    times.ping_spread = 5ms;
    times.pong = 5s;
    TestServer server({.times = times});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    client.read_message();
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(client.read_message()->first, Opcode::kPing);
        client.send_frame(Opcode::kPong, "");
        client.send_text("still here");
        ASSERT_EQ(client.read_message()->second, "still here");
    }
}

TEST(WebSocketConnection, DropsWhoDoesNotAnswerAPing) {
    ConnectionTimes times;
    times.ping = 10ms;
    times.ping_spread = 0ms;
    times.pong = 20ms;
    TestServer server({.times = times});
    TestClient client(server.address);
    ASSERT_EQ(client.open_websocket().status, 101);
    server.wait_until_empty();
    EXPECT_EQ(server.counters.silent.value(), 1U);
    EXPECT_EQ(server.echo.closed, 1);
}

} // namespace
} // namespace vv::net
