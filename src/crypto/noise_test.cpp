#include "base/encoding.h"
#include "crypto/noise.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vv::crypto {
namespace {

// From the published "cacophony" vectors, the entry for this protocol.
constexpr const char* kInitiatorSecret = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
constexpr const char* kResponderSecret = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
constexpr const char* kHandshakeHash = "9f3b1f9afd7767767b5b9d1069844a6154fdbdcc36dfb3e31c0fffc5c973d530";
struct Exchanged {
    const char* payload;
    const char* ciphertext;
};
const std::vector<Exchanged> kMessages = {
    {"4c756477696720766f6e204d69736573", "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                                         "7c37a89fc17813788d30df2d59501d6066f5f8aecc3406bbd9829f2d24a531b1"},
    {"4d757272617920526f746862617264", "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                                       "2f29d79368ef9de4e1ae7a362fb05bf0ad668e026bf5714554497b3a720461"},
    {"462e20412e20486179656b", "7c01e898a6201f36aecee532e29cd0b7f8ffa29d3366ad0dce39a6"},
    {"4361726c204d656e676572", "a9ff535aace3db6a1da1a7fb00fe2de2622bb373abad9fb42c00e0"},
    {"4a65616e2d426170746973746520536179", "6cfc49a3e65472edc2d0152abe5ce950170a8a47c959f30bd48b5f0aacf29adbfd"},
    {"457567656e2042f6686d20766f6e2042617765726b",
     "9bc86e6d974ed21ba04604a94aa68de21677eb409ead070c0cd569b069ee19ba142aa4c1a9"},
};

ByteBuffer hex(std::string_view text) {
    return hex_decode(text).value();
}

NoiseSetup setup() {
    NoiseSetup setup{hex("4a6f686e2047616c74"), {}};
    setup.psk = SecretBytes(hex("54686973206973206d7920417573747269616e20706572737065637469766521"));
    return setup;
}

X25519Pair pair_of(std::string_view secret) {
    const ByteBuffer bytes = hex(secret);
    return X25519Pair(std::span(bytes).first<kX25519KeySize>());
}

struct Shaken {
    SeededRng rng{7};
    NoiseInitiator initiator{setup(), X25519Pair::generate(rng), {}};
    NoiseResponder responder = NoiseResponder::read(setup(), initiator.message()).value();
    NoiseResponder::Answer answer = responder.answer(X25519Pair::generate(rng), {}).value();
};

TEST(Noise, ThePublishedVectorByteForByte) {
    NoiseInitiator initiator(setup(), pair_of(kInitiatorSecret), hex(kMessages[0].payload));
    EXPECT_EQ(hex_encode(initiator.message()), kMessages[0].ciphertext);

    auto responder = NoiseResponder::read(setup(), initiator.message());
    ASSERT_TRUE(responder);
    EXPECT_EQ(hex_encode(responder->payload()), kMessages[0].payload);
    const auto answer = responder->answer(pair_of(kResponderSecret), hex(kMessages[1].payload));
    ASSERT_TRUE(answer);
    EXPECT_EQ(hex_encode(answer->message), kMessages[1].ciphertext);

    const auto read = initiator.read(answer->message);
    ASSERT_TRUE(read);
    EXPECT_EQ(hex_encode(read->payload), kMessages[1].payload);
    EXPECT_EQ(hex_encode(read->transport.hash), kHandshakeHash);
    EXPECT_EQ(hex_encode(answer->transport.hash), kHandshakeHash);

    for (std::size_t i = 2; i < kMessages.size(); ++i) {
        const bool to_responder = i % 2 == 0;
        const NoiseTransport& from = to_responder ? read->transport : answer->transport;
        const NoiseTransport& to = to_responder ? answer->transport : read->transport;
        const std::uint64_t counter = (i - 2) / 2;
        const ByteBuffer sealed = from.send.seal(counter, {}, hex(kMessages[i].payload));
        EXPECT_EQ(hex_encode(sealed), kMessages[i].ciphertext);
        EXPECT_EQ(to.receive.open(counter, {}, sealed), hex(kMessages[i].payload));
        EXPECT_FALSE(to.receive.open(counter + 1, {}, sealed));
        EXPECT_FALSE(to.receive.open(counter, as_bytes("x"), sealed));
        EXPECT_FALSE(from.receive.open(counter, {}, sealed)) << "reflected";
    }
}

TEST(Noise, AMessage1OfAnotherKeyOrPrologueOrChangedByOneBitIsNotValid) {
    const Shaken shaken;
    const ByteBuffer& message = shaken.initiator.message();
    NoiseSetup other_key = setup();
    other_key.psk = SecretBytes(ByteBuffer(32, 0));
    EXPECT_FALSE(NoiseResponder::read(other_key, message));
    NoiseSetup elsewhere = setup();
    elsewhere.prologue.push_back(0);
    EXPECT_FALSE(NoiseResponder::read(elsewhere, message));
    for (std::size_t i = 0; i < message.size(); ++i) {
        ByteBuffer changed = message;
        changed[i] ^= 1U;
        EXPECT_FALSE(NoiseResponder::read(setup(), changed)) << i;
    }
    EXPECT_FALSE(NoiseResponder::read(setup(), ByteView(message).first(kNoiseMessageMin - 1)));
    EXPECT_FALSE(NoiseResponder::read(setup(), {}));
}

TEST(Noise, AMessage2ChangedByOneBitIsNotValidAndTheKeyIsGoneThen) {
    for (const std::size_t place : {0U, 31U, 32U, 47U}) {
        Shaken shaken;
        ByteBuffer changed = shaken.answer.message;
        changed.at(place) ^= 0x40U;
        EXPECT_FALSE(shaken.initiator.read(changed)) << place;
        EXPECT_FALSE(shaken.initiator.read(shaken.answer.message)) << "a second message 2";
    }
    Shaken shaken;
    EXPECT_FALSE(shaken.initiator.read(ByteView(shaken.answer.message).first(kNoiseMessageMin - 1)));
    EXPECT_FALSE(shaken.initiator.read(shaken.answer.message));
}

TEST(Noise, AMessage1IsAnsweredOnce) {
    Shaken shaken;
    EXPECT_FALSE(shaken.responder.answer(X25519Pair::generate(shaken.rng), {}));
    EXPECT_TRUE(shaken.initiator.read(shaken.answer.message));
    EXPECT_FALSE(shaken.initiator.read(shaken.answer.message));
}

// Who holds the key can send an ephemeral that makes the shared secret known to everybody.
TEST(Noise, AnEphemeralOfSmallOrderIsNoUse) {
    Shaken shaken;
    ByteBuffer zeros = shaken.answer.message;
    std::fill_n(zeros.begin(), kX25519KeySize, std::uint8_t{0});
    EXPECT_FALSE(shaken.initiator.read(zeros));
}

} // namespace
} // namespace vv::crypto
