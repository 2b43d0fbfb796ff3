#include "base/encoding.h"
#include "base/rng.h"
#include "net/websocket_for_test.h"

#include <gtest/gtest.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace vv::net {
namespace {

constexpr std::array<std::uint8_t, 4> kMask{0x37, 0xFA, 0x21, 0x3D};

using Seen = WebSocketInput;

Seen feed(ByteView bytes, std::size_t piece, WebSocketRole role = WebSocketRole::kServer,
          std::uint32_t message_max = kWebSocketMessageMax) {
    return read_in_pieces(bytes, piece, role, message_max);
}

ByteBuffer frame(std::uint8_t first, std::string_view payload, std::optional<std::uint64_t> length = {}) {
    ByteBuffer out;
    write_masked_frame(out, Opcode::kText, as_bytes(payload), kMask);
    out[0] = first;
    if (length) out[1] = static_cast<std::uint8_t>(0x80U | *length);
    return out;
}

ByteBuffer operator+(ByteBuffer left, const ByteBuffer& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

constexpr std::uint8_t kFinText = 0x81;
constexpr std::uint8_t kText = 0x01;
constexpr std::uint8_t kContinue = 0x00;
constexpr std::uint8_t kFinContinue = 0x80;
constexpr std::uint8_t kPing = 0x89;

void expect_failure(const ByteBuffer& bytes, CloseCode code) {
    for (std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()})
        EXPECT_EQ(feed(bytes, piece).code(), code) << hex_encode(bytes);
}

TEST(WebSocketReader, ReadsTheExamplesOfTheRfc) {
    // RFC 6455 §5.7: a single-frame masked "Hello", the same in two unmasked fragments, an unmasked ping.
    const auto masked = *hex_decode("818537fa213d7f9f4d5158");
    EXPECT_EQ(feed(masked, 100).messages, (decltype(Seen::messages){{Opcode::kText, "Hello"}}));
    const auto fragments = *hex_decode("010348656c"
                                       "80026c6f");
    EXPECT_EQ(feed(fragments, 100, WebSocketRole::kClient).messages,
              (decltype(Seen::messages){{Opcode::kText, "Hello"}}));
    const auto ping = *hex_decode("890548656c6c6f");
    EXPECT_EQ(feed(ping, 100, WebSocketRole::kClient).messages, (decltype(Seen::messages){{Opcode::kPing, "Hello"}}));
}

TEST(WebSocketReader, ControlFramesMayComeBetweenFragmentsAndCutsMayBeAnywhere) {
    const ByteBuffer bytes = frame(kText, "one \xC3") + frame(kPing, "p") + frame(kContinue, "\xA9 two ") +
                             frame(kContinue, "") + frame(0x8A, "") + frame(kFinContinue, "three") +
                             frame(kFinText, "") + frame(kFinText, std::string(300, 'x'));
    const decltype(Seen::messages) expected{{Opcode::kPing, "p"},
                                            {Opcode::kPong, ""},
                                            {Opcode::kText, "one \xC3\xA9 two three"},
                                            {Opcode::kText, ""},
                                            {Opcode::kText, std::string(300, 'x')}};
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const Seen seen = feed(bytes, piece);
        EXPECT_FALSE(seen.failure);
        EXPECT_EQ(seen.messages, expected) << piece;
        EXPECT_TRUE(seen.idle) << piece;
    }
}

TEST(WebSocketReader, RefusesWhatTheRfcForbids) {
    ByteBuffer unmasked;
    write_frame(unmasked, Opcode::kText, as_bytes("hi"));
    expect_failure(unmasked, CloseCode::kProtocolError);
    EXPECT_EQ(feed(frame(kFinText, "hi"), 100, WebSocketRole::kClient).code(), CloseCode::kProtocolError);
    for (const unsigned reserved : {0x40U, 0x20U, 0x10U})
        expect_failure(frame(static_cast<std::uint8_t>(kFinText | reserved), "hi"), CloseCode::kProtocolError);
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})
        expect_failure(frame(static_cast<std::uint8_t>(0x80U | opcode), ""), CloseCode::kProtocolError);
    expect_failure(frame(0x09, "fragmented ping"), CloseCode::kProtocolError);
    expect_failure(frame(kFinContinue, "nothing to continue"), CloseCode::kProtocolError);
    expect_failure(frame(kContinue, "nothing to continue"), CloseCode::kProtocolError);
    expect_failure(frame(kText, "a") + frame(kFinText, "b"), CloseCode::kProtocolError);
    expect_failure(*hex_decode("81fe0001"
                               "00000000"
                               "61"),
                   CloseCode::kProtocolError);
    expect_failure(*hex_decode("81ff0000000000000001"
                               "00000000"
                               "61"),
                   CloseCode::kProtocolError);
    expect_failure(*hex_decode("82ff8000000000000001"
                               "00000000"
                               "61"),
                   CloseCode::kProtocolError);
}

TEST(WebSocketReader, ControlFramesAreAtMost125Bytes) {
    EXPECT_EQ(feed(frame(kPing, std::string(kControlPayloadMax, 'p')), 7).messages.size(), 1U);
    expect_failure(frame(kPing, std::string(kControlPayloadMax + 1, 'p')), CloseCode::kProtocolError);
}

TEST(WebSocketReader, MessagesAreAtMostTheLimitWholeOrInFragments) {
    EXPECT_EQ(feed(frame(kFinText, std::string(kWebSocketMessageMax, 'm')), 4096).messages.size(), 1U);
    expect_failure(frame(kFinText, std::string(kWebSocketMessageMax + 1, 'm')), CloseCode::kMessageTooBig);
    const auto half = std::string(kWebSocketMessageMax / 2, 'm');
    EXPECT_EQ(feed(frame(kText, half) + frame(kFinContinue, half), 4096).messages.size(), 1U);
    expect_failure(frame(kText, half) + frame(kFinContinue, half + "m"), CloseCode::kMessageTooBig);
}

TEST(WebSocketReader, AnnouncedLengthsPastTheLimitAreRefusedBeforeTheirBytesCome) {
    expect_failure(*hex_decode("82ff7fffffffffffffff"
                               "00000000"),
                   CloseCode::kMessageTooBig);
}

TEST(WebSocketReader, TextMustBeUtf8AcrossFragmentsToo) {
    expect_failure(frame(kFinText, "\xC0\x80"), CloseCode::kInvalidPayload);
    expect_failure(frame(kFinText, "cut \xE2\x82"), CloseCode::kInvalidPayload);
    expect_failure(frame(kText, "cut \xE2\x82") + frame(kFinContinue, ""), CloseCode::kInvalidPayload);
    expect_failure(frame(kText, "cut \xE2\x82") + frame(kFinContinue, "x"), CloseCode::kInvalidPayload);
    // Refused at the first impossible byte; the rest of the message is not waited for.
    expect_failure(frame(kText, "\xFF"), CloseCode::kInvalidPayload);
    EXPECT_EQ(feed(frame(0x82, "\xFF\xFE"), 2).messages.size(), 1U) << "binary is any bytes";
}

TEST(WebSocketReader, AnIdleReaderIsAPointerAndALimit) {
    EXPECT_LE(sizeof(WebSocketReader), 16U);
}

TEST(WebSocketClose, ParsesAndRefuses) {
    EXPECT_FALSE(parse_close({})->code);
    const ByteBuffer payload = close_payload(CloseCode::kNormal, "bye");
    const auto normal = parse_close(payload);
    ASSERT_TRUE(normal);
    EXPECT_EQ(normal->code, 1000);
    EXPECT_EQ(normal->reason, "bye");
    EXPECT_EQ(parse_close(*hex_decode("03")).error().code, CloseCode::kProtocolError);
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1014, 3000, 4999}) {
        EXPECT_TRUE(parse_close(close_payload(static_cast<CloseCode>(code), ""))) << code;
    }
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
        EXPECT_FALSE(parse_close(close_payload(static_cast<CloseCode>(code), ""))) << code;
    }
    EXPECT_EQ(parse_close(*hex_decode("03e8ff")).error().code, CloseCode::kInvalidPayload);
}

TEST(WebSocketClose, CutsALongReasonAtACharactersEnd) {
    const std::string reason = std::string(122, 'a') + "\xC3\xA9";
    const auto payload = close_payload(CloseCode::kNormal, reason);
    EXPECT_EQ(payload.size(), 124U);
    EXPECT_TRUE(parse_close(payload));
}

TEST(WebSocketFrame, WritesEachLengthInItsShortestForm) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{125}, std::size_t{126}, std::size_t{65535},
                                   std::size_t{65536}, std::size_t{70000}}) {
        ByteBuffer out;
        write_frame(out, Opcode::kBinary, ByteBuffer(size, 7));
        const Seen seen = feed(out, 1000, WebSocketRole::kClient, 1U << 20U);
        ASSERT_EQ(seen.messages.size(), 1U) << size;
        EXPECT_EQ(seen.messages[0].second.size(), size);
    }
}

// What wslay closes with when it gives no reason: it then only counts that it refused.
constexpr std::uint16_t kNoStatus = 1005;

// The oracle: wslay's event parser reads the same bytes.
struct Oracle {
    ByteView input;
    std::vector<std::pair<Opcode, std::string>> messages;
    std::optional<std::uint16_t> failure;

    static ssize_t receive(wslay_event_context_ptr context, std::uint8_t* out, std::size_t size, int, void* user) {
        auto& self = *static_cast<Oracle*>(user);
        if (self.input.empty()) {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        size = std::min(size, self.input.size());
        std::memcpy(out, self.input.data(), size);
        self.input = self.input.subspan(size);
        return static_cast<ssize_t>(size);
    }
    static ssize_t send(wslay_event_context_ptr, const std::uint8_t*, std::size_t size, int, void*) {
        return static_cast<ssize_t>(size);
    }
    static void on_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* arg, void* user) {
        auto& self = *static_cast<Oracle*>(user);
        self.messages.emplace_back(static_cast<Opcode>(arg->opcode),
                                   std::string(reinterpret_cast<const char*>(arg->msg), arg->msg_length));
    }

    explicit Oracle(ByteView bytes) : input(bytes) {
        wslay_event_callbacks callbacks{};
        callbacks.recv_callback = receive;
        callbacks.send_callback = send;
        callbacks.on_msg_recv_callback = on_message;
        wslay_event_context_ptr context = nullptr;
        if (wslay_event_context_server_init(&context, &callbacks, this) != 0) std::abort();
        wslay_event_config_set_max_recv_msg_length(context, kWebSocketMessageMax);
        wslay_event_recv(context);
        // It queues its own close frame when it refuses something.
        if (wslay_event_get_close_received(context) == 0 && wslay_event_want_read(context) == 0) failure = 1002;
        wslay_event_send(context);
        if (failure && wslay_event_get_close_sent(context) != 0) {
            failure = static_cast<std::uint16_t>(wslay_event_get_status_code_sent(context));
        }
        wslay_event_context_free(context);
    }
};

ByteBuffer random_traffic(Rng& rng) {
    ByteBuffer out;
    const auto frames = 1 + rng.below(6);
    for (std::uint64_t i = 0; i < frames; ++i) {
        const std::array<std::uint8_t, 8> opcodes{0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x02};
        static const std::vector<std::string> texts{
            "",    "plain", "\xC3\xA9", "\xC3", "\xA9", std::string(200, 'z'), std::string(40000, 'y'), "\xF0\x9F\x99",
            "\x82"};
        const auto& text = texts[rng.below(texts.size())];
        ByteBuffer one = frame(opcodes[rng.below(opcodes.size())], text);
        if (rng.below(12) == 0) one[rng.below(one.size())] ^= static_cast<std::uint8_t>(1U << rng.below(8));
        out = out + one;
    }
    return out;
}

TEST(WebSocketReader, AgreesWithWslayOnRandomTraffic) {
    SeededRng rng(20240611);
    int failures = 0;
    int messages = 0;
    for (int round = 0; round < 5000; ++round) {
        const ByteBuffer bytes = random_traffic(rng);
        const Oracle oracle(bytes);
        const Seen seen = feed(bytes, 1 + rng.below(64));
        // wslay stops at the first close frame; we only compare up to it.
        auto ours = seen.messages;
        const auto close = std::ranges::find(ours, Opcode::kClose, &std::pair<Opcode, std::string>::first);
        const bool closed = close != ours.end();
        if (closed) ours.erase(close + 1, ours.end());
        if (closed && oracle.messages.size() + 1 == ours.size()) ours.pop_back(); // a close frame it refused
        ASSERT_EQ(ours, oracle.messages) << hex_encode(bytes).substr(0, 600);
        if (!closed) {
            // wslay judges a header once the longest form of it is there, we as soon as it is bad: then give it more.
            const auto verdict =
                seen.failure && !oracle.failure ? Oracle(bytes + ByteBuffer(14)).failure : oracle.failure;
            ASSERT_EQ(seen.failure.has_value(), verdict.has_value()) << hex_encode(bytes).substr(0, 600);
            if (verdict && verdict != kNoStatus) {
                ASSERT_EQ(static_cast<std::uint16_t>(*seen.code()), *verdict) << hex_encode(bytes).substr(0, 600);
            }
        }
        failures += seen.failure.has_value() ? 1 : 0;
        messages += static_cast<int>(ours.size());
    }
    EXPECT_GT(failures, 500);
    EXPECT_GT(messages, 500);
}

} // namespace
} // namespace vv::net
