// What a nonce promises, how passwords are hashed and how names are hidden (RFC 8489 §9.2.4, §14.4, §14.11, §14.12).
#include "turn/server.h"
#include "turn/test_relay.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace vv::turn::test {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;
using stun::MessageBuilder;
using stun::MessageClass;
using stun::Method;

// An Allocate of this size has room for the promise in an answer of three times as much.
constexpr std::size_t kRoomySize = 32;

class RelayAlgorithms : public testing::TestWithParam<Transport> {
protected:
    // A client that knows RFC 8489 and pads its first request.
    void learn_promise(TestEndpoint& client) {
        const auto answer = client.send(client.client().padded_allocate(kRoomySize));
        ASSERT_TRUE(answer && answer->error() == 401);
        client.client().nonce = answer->text(AttributeType::kNonce);
        ASSERT_EQ(client.client().nonce.substr(0, 13), "obMatJos2AAAB");
    }
    // The answer to an Allocate that says about algorithms what `say` adds, signed with the key of that hash.
    int error_when(PasswordHash hash, const std::function<void(MessageBuilder&)>& say) {
        alice_.client().algorithm = hash;
        const ByteBuffer key = alice_.client().key();
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, alice_.client().new_id());
        TestClient::want_udp(builder);
        builder.add_text(AttributeType::kUsername, alice_.client().credential().username)
            .add_text(AttributeType::kRealm, kRealm)
            .add_text(AttributeType::kNonce, alice_.client().nonce);
        say(builder);
        builder.add_message_integrity_sha256(key);
        const auto answer = alice_.send(bytes);
        return answer ? answer->error() : -1;
    }
    static void add_list(MessageBuilder& builder, const std::vector<stun::PasswordAlgorithm>& list) {
        builder.add(AttributeType::kPasswordAlgorithms, stun::write_password_algorithms(list));
    }

    TestRelay relay_;
    TestEndpoint alice_{relay_, "12.0.0.1:1111", call_credential("YWxpY2U"), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Over, RelayAlgorithms, testing::Values(Transport::kUdp, Transport::kTcp, Transport::kTls),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RelayAlgorithms, AreOfferedWhereTheAnswerHasRoom) {
    for (std::size_t size = kRoomySize; size <= 64; size += 4) {
        const auto answer = alice_.send(alice_.client().padded_allocate(size));
        ASSERT_TRUE(answer);
        EXPECT_LE(answer->bytes().size(), 3 * size);
        const stun::Message message = answer->message();
        const auto list = message.find(AttributeType::kPasswordAlgorithms);
        ASSERT_TRUE(list) << size;
        EXPECT_EQ(stun::parse_password_algorithms(*list),
                  (std::vector<stun::PasswordAlgorithm>{{stun::kPasswordSha256, {}}, {stun::kPasswordMd5, {}}}));
        EXPECT_EQ(answer->text(AttributeType::kNonce).size(), kFeatureNonceSize);
    }
    const auto bare = alice_.send(alice_.client().bare_allocate());
    ASSERT_TRUE(bare);
    // On a stream the source is not forged, and there is always room.
    EXPECT_EQ(bare->message().has(AttributeType::kPasswordAlgorithms), is_stream(GetParam()));
    EXPECT_EQ(bare->text(AttributeType::kNonce).size(), is_stream(GetParam()) ? kFeatureNonceSize : kNonceSize);
}

TEST_P(RelayAlgorithms, EachOfThemLetsAClientIn) {
    for (const PasswordHash hash : {PasswordHash::kSha256, PasswordHash::kMd5}) {
        TestEndpoint client(relay_, hash == PasswordHash::kMd5 ? "12.0.0.2:1" : "12.0.0.2:2", call_credential("Yg"),
                            GetParam());
        learn_promise(client);
        client.client().algorithm = hash;
        client.client().integrity = Integrity::kSha256;
        const Answer answer = client.allocate();
        EXPECT_TRUE(answer.is_success());
        EXPECT_TRUE(client.client().verifies(answer));
        EXPECT_FALSE(answer.message().integrity_offset());
        EXPECT_TRUE(client.permit(at("8.8.8.8:1")).is_success());
        const Answer refused = client.permit(at("10.0.0.1:1"));
        EXPECT_EQ(refused.error(), 403);
        EXPECT_TRUE(client.client().verifies(refused));
        EXPECT_TRUE(client.refresh(0).is_success());
    }
}

// RFC 8489 §9.2.4: the answer to whoever names an algorithm has the newer integrity, whatever its request had.
TEST_P(RelayAlgorithms, WhoNamesOneIsAnsweredWithSha256) {
    learn_promise(alice_);
    alice_.client().algorithm = PasswordHash::kSha256;
    const Answer answer = alice_.allocate();
    EXPECT_TRUE(answer.is_success());
    EXPECT_FALSE(answer.message().integrity_offset());
    EXPECT_TRUE(stun::verify_message_integrity_sha256(answer.message(), alice_.client().key()));
}

TEST_P(RelayAlgorithms, OlderClientsDoNotNoticeThePromise) {
    learn_promise(alice_);
    const Answer answer = alice_.allocate();
    EXPECT_TRUE(answer.is_success());
    EXPECT_TRUE(answer.message().integrity_offset());
    EXPECT_TRUE(alice_.client().verifies(answer));
}

TEST_P(RelayAlgorithms, WhatTheNoncePromisedMustComeBackUnchanged) {
    using B = MessageBuilder;
    const stun::PasswordAlgorithm sha256{stun::kPasswordSha256, {}};
    const stun::PasswordAlgorithm md5{stun::kPasswordMd5, {}};
    learn_promise(alice_);
    const auto choose = [](B& b) { TestClient::add_algorithm(b, PasswordHash::kMd5); };
    EXPECT_EQ(error_when(PasswordHash::kMd5, choose), 400) << "the list is missing";
    EXPECT_EQ(error_when(PasswordHash::kMd5, [&](B& b) { add_list(b, {sha256, md5}); }), 400)
        << "the choice is missing";
    EXPECT_EQ(error_when(PasswordHash::kMd5,
                         [&](B& b) {
                             add_list(b, {md5});
                             choose(b);
                         }),
              400)
        << "the stronger one was taken out";
    EXPECT_EQ(error_when(PasswordHash::kMd5,
                         [&](B& b) {
                             add_list(b, {md5, sha256});
                             choose(b);
                         }),
              400)
        << "in another order";
    EXPECT_EQ(error_when(PasswordHash::kMd5,
                         [&](B& b) {
                             add_list(b, {sha256, md5});
                             b.add_u32(AttributeType::kPasswordAlgorithm, 0x00030000);
                         }),
              400)
        << "one that was not offered";
    EXPECT_EQ(error_when(PasswordHash::kMd5,
                         [&](B& b) {
                             add_list(b, {sha256, md5});
                             b.add(AttributeType::kPasswordAlgorithm, ByteBuffer{0, 1, 0, 4, 1, 2, 3, 4});
                         }),
              400)
        << "with parameters nobody asked for";
    EXPECT_EQ(error_when(PasswordHash::kMd5, [&](B& b) { b.add(AttributeType::kPasswordAlgorithms, ByteBuffer{1}); }),
              400);
    EXPECT_EQ(error_when(PasswordHash::kSha256, [](B&) {}), 401) << "neither means MD5, and the key is another";
    EXPECT_TRUE(relay_.server.is_empty());
    EXPECT_EQ(error_when(PasswordHash::kMd5, [](B&) {}), 0);
}

// Without a promise they are what they always were: one may be ignored, and one must be understood.
TEST_P(RelayAlgorithms, WithoutAPromiseTheyAreNotUnderstood) {
    alice_.client().nonce = "one without a promise, and stale";
    const auto stale = alice_.send(alice_.client().request(Method::kAllocate, TestClient::want_udp));
    ASSERT_TRUE(stale && stale->error() == 438);
    alice_.client().nonce = stale->text(AttributeType::kNonce);
    ASSERT_EQ(alice_.client().nonce.size(), kNonceSize);
    EXPECT_EQ(
        error_when(PasswordHash::kMd5, [](MessageBuilder& b) { TestClient::add_algorithm(b, PasswordHash::kMd5); }),
        420);
    EXPECT_EQ(
        error_when(PasswordHash::kMd5,
                   [](MessageBuilder& b) { add_list(b, {{stun::kPasswordSha256, {}}, {stun::kPasswordMd5, {}}}); }),
        0);
}

// The key of a standing allocation goes on as it began, also after its nonce is stale.
TEST_P(RelayAlgorithms, AStaleNonceIsFollowedByOneOfItsKind) {
    TestEndpoint newer(relay_, "12.0.0.2:1", call_credential("bmV3ZXI"), GetParam());
    learn_promise(newer);
    newer.client().algorithm = PasswordHash::kSha256;
    ASSERT_TRUE(newer.allocate().is_success());
    ASSERT_TRUE(alice_.allocate().is_success());
    ASSERT_TRUE(newer.refresh(3600).is_success() && alice_.refresh(3600).is_success());
    relay_.advance(3590s);
    ASSERT_TRUE(newer.refresh(3600).is_success() && alice_.refresh(3600).is_success());
    relay_.advance(20s);
    const std::string used = newer.client().nonce;
    EXPECT_TRUE(newer.refresh(3600).is_success());
    EXPECT_NE(newer.client().nonce, used);
    EXPECT_EQ(newer.client().nonce.size(), kFeatureNonceSize);
    EXPECT_TRUE(alice_.refresh(3600).is_success());
    EXPECT_EQ(alice_.client().nonce.size(), is_stream(GetParam()) ? kFeatureNonceSize : kNonceSize);
}

TEST_P(RelayAlgorithms, TheOtherHashOfTheSamePasswordIsGoodToo) {
    learn_promise(alice_);
    alice_.client().algorithm = PasswordHash::kSha256;
    ASSERT_TRUE(alice_.allocate().is_success());
    alice_.client().algorithm = PasswordHash::kMd5;
    EXPECT_TRUE(alice_.refresh(600).is_success());
}

TEST_P(RelayAlgorithms, AHashedNameIsKnownWhereItsAllocationStands) {
    learn_promise(alice_);
    alice_.client().hashes_name = true;
    EXPECT_EQ(alice_.allocate().error(), 401) << "a name made for one call cannot be told from its hash";
    alice_.client().hashes_name = false;
    ASSERT_TRUE(alice_.allocate().is_success());
    alice_.client().hashes_name = true;
    EXPECT_TRUE(alice_.permit(at("8.8.8.8:1")).is_success());
    const Answer answer = alice_.refresh(600);
    EXPECT_TRUE(answer.is_success());
    EXPECT_TRUE(alice_.client().verifies(answer));
    alice_.client().use(call_credential("bWFsbG9yeQ"));
    EXPECT_EQ(alice_.refresh(0).error(), 401) << "another name's hash";
    EXPECT_EQ(relay_.server.counters().allocations_live, 1U);
}

TEST_P(RelayAlgorithms, ANameStandsOnceAndInOneForm) {
    learn_promise(alice_);
    const auto error = [&](const std::function<void(MessageBuilder&)>& name) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kAllocate, MessageClass::kRequest, alice_.client().new_id());
        TestClient::want_udp(builder);
        name(builder);
        builder.add_text(AttributeType::kRealm, kRealm).add_text(AttributeType::kNonce, alice_.client().nonce);
        builder.add_message_integrity(alice_.client().key());
        return alice_.send(bytes)->error();
    };
    const std::string& username = alice_.client().credential().username;
    const auto hash = stun::userhash(username, kRealm);
    EXPECT_EQ(error([&](MessageBuilder& b) {
                  b.add_text(AttributeType::kUsername, username).add(AttributeType::kUserhash, hash);
              }),
              400);
    EXPECT_EQ(error([](MessageBuilder&) {}), 400);
    for (const std::size_t size : {0U, 31U, 33U}) {
        EXPECT_EQ(error([&](MessageBuilder& b) { b.add(AttributeType::kUserhash, ByteBuffer(size)); }), 400) << size;
    }
    EXPECT_EQ(error([&](MessageBuilder& b) { b.add(AttributeType::kUserhash, hash); }), 401);
    EXPECT_EQ(error([&](MessageBuilder& b) { b.add_text(AttributeType::kUsername, username); }), 0);
}

} // namespace
} // namespace vv::turn::test
