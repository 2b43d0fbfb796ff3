// A client against servers that misbehave, and against whoever changes what
// goes to and fro: what is not the server's is as good as lost.
#include "stun/builder.h"
#include "turn/client.h"
#include "turn/client_link_for_test.h"

#include <gtest/gtest.h>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::ErrorCode;
using stun::MessageBuilder;
using stun::MessageClass;

const SocketAddress kPeer = at("8.8.8.8:4000");

ByteBuffer error_to(ByteView request, ErrorCode code, const std::function<void(MessageBuilder&)>& fill = {}) {
    const auto message = stun::parse_message(request).value();
    ByteBuffer bytes;
    MessageBuilder builder(bytes, message.method(), MessageClass::kError, message.transaction_id());
    builder.add_error_code(code);
    if (fill) fill(builder);
    return bytes;
}
bool is_signed(ByteView request) {
    const auto message = stun::parse_message(request).value();
    return message.integrity_offset() || message.integrity_sha256_offset();
}
/// The same message without one attribute and all behind it that signs it.
ByteBuffer without(ByteView bytes, AttributeType type) {
    const auto message = stun::parse_message(bytes).value();
    ByteBuffer out;
    MessageBuilder builder(out, message.method(), message.message_class(), message.transaction_id());
    stun::AttributeReader reader = message.attributes();
    while (const auto attribute = reader.next()) {
        if (attribute->type != type) builder.add(attribute->type, attribute->value);
    }
    return out;
}

// The nonce says that there is a list. Who puts one in its place that does not is not found out here.
TEST(ClientUnderAttack, IsNotTalkedDownByTakingTheListOut) {
    ClientLink link;
    link.on_the_way_back = [](ByteBuffer& bytes) { bytes = without(bytes, AttributeType::kPasswordAlgorithms); };
    link.start();
    link.run_for(1min);
    EXPECT_EQ(link.ended().why, Ended::Why::kNoAnswer);
    for (const ByteBuffer& sent : link.sent)
        EXPECT_FALSE(is_signed(sent)) << "no hash of the password has gone out";
}

TEST(ClientUnderAttack, IsNotTalkedDownLater) {
    ClientLink link;
    link.start();
    ASSERT_EQ(link.client->password_hash(), PasswordHash::kSha256);
    const std::size_t sent_before = link.sent.size();
    link.in_between = [&](ByteView request) {
        if (stun::parse_message(request)->message_class() != MessageClass::kRequest) return std::optional<ByteBuffer>();
        return std::optional(error_to(request, ErrorCode::kStaleNonce, [](MessageBuilder& builder) {
            builder.add_text(AttributeType::kRealm, kRealm).add_text(AttributeType::kNonce, "an older nonce");
        }));
    };
    link.run_for(10min);
    EXPECT_EQ(link.ended().why, Ended::Why::kNoAnswer);
    int requests = 0;
    for (std::size_t i = sent_before; i < link.sent.size(); ++i) {
        const auto message = stun::parse_message(link.sent[i]);
        if (message->message_class() != MessageClass::kRequest) continue;
        EXPECT_TRUE(message->integrity_sha256_offset().has_value());
        ++requests;
    }
    EXPECT_EQ(requests, kClientRequestsMax);
}

TEST(ClientUnderAttack, BelievesNothingUnsigned) {
    ClientLink link;
    link.on_the_way_back = [](ByteBuffer& bytes) {
        if (Answer(bytes).is_success()) bytes = without(bytes, AttributeType::kSoftware);
    };
    link.start();
    link.run_for(10s);
    EXPECT_FALSE(link.client->is_allocated());
    EXPECT_TRUE(link.events.empty());
    link.on_the_way_back = nullptr;
    link.run_for(10s);
    EXPECT_TRUE(link.client->is_allocated()) << "the true answer still counts";
}

TEST(ClientUnderAttack, BelievesNoForgedRefusal) {
    ClientLink link;
    link.start();
    int forged = 0;
    link.in_between = [&](ByteView request) -> std::optional<ByteBuffer> {
        if (++forged > 2) return std::nullopt;
        return error_to(request, ErrorCode::kAllocationMismatch);
    };
    link.run_for(1h);
    EXPECT_TRUE(link.client->is_allocated());
    EXPECT_GT(forged, 2);
}

TEST(ClientUnderAttack, GivesUpOnAServerThatChallengesForEver) {
    ClientLink link;
    link.in_between = [](ByteView request) {
        return std::optional(error_to(request, ErrorCode::kStaleNonce, [](MessageBuilder& builder) {
            builder.add_text(AttributeType::kRealm, kRealm).add_text(AttributeType::kNonce, "again");
        }));
    };
    link.start();
    EXPECT_EQ(link.ended().why, Ended::Why::kRefused);
    EXPECT_EQ(link.ended().code, 438);
    EXPECT_EQ(link.sent.size(), 1U + kChallengesMax);
}

TEST(ClientUnderAttack, HearsOnlyWhomItLetIn) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->bind_channel(link.now, PeerAddress(kPeer)));
    link.exchange();
    ByteBuffer stranger;
    MessageBuilder(stranger, stun::Method::kData, MessageClass::kIndication, stun::TransactionId())
        .add_xor_address(AttributeType::kXorPeerAddress, at("9.9.9.9:1"))
        .add(AttributeType::kData, as_bytes("let me in"));
    link.deliver(stranger);
    link.deliver(TestClient::channel_data(kChannelFirst + 1, as_bytes("no such channel")));
    link.deliver(TestClient::channel_data(kChannelFirst, as_bytes("hello")));
    ASSERT_EQ(link.heard.size(), 1U);
    EXPECT_EQ(link.heard[0].second, "hello");
}

TEST(ClientUnderAttack, KeepsAsManyEventsAsItMayAndNotOneMore) {
    ClientLink link;
    link.start();
    EXPECT_TRUE(link.client->permit(link.now, kPeer.ip));
    link.exchange();
    ByteBuffer icmp;
    MessageBuilder(icmp, stun::Method::kData, MessageClass::kIndication, stun::TransactionId())
        .add_xor_address(AttributeType::kXorPeerAddress, kPeer)
        .add_icmp({3, 3, 0});
    for (std::size_t i = 0; i < kClientEventsMax + 1; ++i)
        link.deliver(icmp);
    link.exchange();
    EXPECT_EQ(link.all<PeerUnreachable>().size(), kClientEventsMax);
}

TEST(ClientUnderAttack, AStreamOfSomethingElseBreaksIt) {
    ClientLink link(client_config(Transport::kTcp));
    link.client->start(link.now);
    link.deliver(bytes_of("HTTP/1.1 400 Bad Request\r\n\r\n"));
    link.exchange();
    EXPECT_EQ(link.ended().why, Ended::Why::kBroken);
}

TEST(ClientUnderAttack, AStreamThatEndsBreaksIt) {
    ClientLink link(client_config(Transport::kTcp));
    link.start();
    link.client->handle_path_closed();
    link.exchange();
    EXPECT_EQ(link.ended().why, Ended::Why::kBroken);
    link.client->handle_path_closed();
    link.exchange();
    EXPECT_EQ(link.all<Ended>().size(), 1U);
}

TEST(ClientUnderAttack, GivesBackWhatItDidNotAskFor) {
    ClientConfig config = client_config();
    config.family = AddressFamily::kIpv6;
    ClientLink link(config);
    link.in_between = [&](ByteView request) -> std::optional<ByteBuffer> {
        if (is_signed(request)) return std::nullopt;
        // An open server, and one that has never heard of IPv6.
        const auto message = stun::parse_message(request).value();
        ByteBuffer bytes;
        MessageBuilder builder(bytes, message.method(), MessageClass::kSuccess, message.transaction_id());
        builder.add_u32(AttributeType::kLifetime, message.method() == stun::Method::kRefresh ? 0 : 600);
        if (message.method() == stun::Method::kAllocate) {
            builder.add_xor_address(AttributeType::kXorRelayedAddress, at("11.0.0.1:50000"))
                .add_xor_address(AttributeType::kXorMappedAddress, at("12.0.0.1:1000"));
        }
        return bytes;
    };
    link.start();
    EXPECT_EQ(link.ended().why, Ended::Why::kUnusable);
    ASSERT_EQ(link.sent.size(), 2U);
    EXPECT_EQ(stun::parse_message(link.sent[1])->method(), stun::Method::kRefresh);
}

/// Answers each Allocate with where else to go.
struct Alternates {
    std::vector<SocketAddress> to;
    std::size_t used = 0;

    std::optional<ByteBuffer> operator()(ByteView request) {
        if (used == to.size()) return std::nullopt;
        const SocketAddress next = to[used++];
        return error_to(request, ErrorCode::kTryAlternate,
                        [&](MessageBuilder& builder) { builder.add_address(AttributeType::kAlternateServer, next); });
    }
};

TEST(Alternate, IsFollowedTwiceAndNotOnceMore) {
    ClientLink twice;
    twice.in_between = Alternates{{at("11.0.0.2:3478"), at("11.0.0.3:3478")}};
    twice.start();
    EXPECT_TRUE(twice.client->is_allocated());
    EXPECT_EQ(twice.client->server(), at("11.0.0.3:3478"));

    ClientLink more;
    more.in_between = Alternates{{at("11.0.0.2:3478"), at("11.0.0.3:3478"), at("11.0.0.4:3478")}};
    more.start();
    EXPECT_EQ(more.ended().why, Ended::Why::kRefused);
    EXPECT_EQ(more.ended().code, 300);
}

TEST(Alternate, ThatIsNoneEndsIt) {
    for (const auto& where : {at("[2600::2]:3478"), at("11.0.0.2:0"), at("11.0.0.1:3478")}) {
        ClientLink link;
        link.in_between = Alternates{{where}};
        link.start();
        EXPECT_EQ(link.ended().code, 300) << where.to_string();
    }
}

TEST(Alternate, OfAStreamIsForItsOwnerToConnectTo) {
    ClientLink link(client_config(Transport::kTcp));
    link.in_between = Alternates{{at("11.0.0.2:3478")}};
    link.start();
    ASSERT_EQ(link.all<TryAlternate>().size(), 1U);
    EXPECT_EQ(link.all<TryAlternate>()[0].server, at("11.0.0.2:3478"));
    EXPECT_EQ(link.client->poll_timeout(), std::nullopt);
    link.client->handle_path_closed(); // the old one
    link.deliver(bytes_of("the rest of it"));
    link.start();
    EXPECT_TRUE(link.client->is_allocated());
}

TEST(Alternate, ThatSomebodyForgedIsNotFollowed) {
    ClientLink link;
    int signed_requests = 0;
    link.in_between = [&](ByteView request) -> std::optional<ByteBuffer> {
        if (!is_signed(request) || ++signed_requests > 1) return std::nullopt;
        return Alternates{{at("66.6.6.6:3478")}}(request);
    };
    link.start();
    EXPECT_FALSE(link.client->is_allocated());
    link.run_for(1s);
    EXPECT_TRUE(link.client->is_allocated());
    EXPECT_EQ(link.client->server(), at("11.0.0.1:3478"));
}

} // namespace
} // namespace vv::turn::test
