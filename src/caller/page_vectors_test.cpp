// The native caller against what the page does with the same randomness, to the byte.
#include "base/encoding.h"
#include "caller/bodies.h"
#include "caller/code_run.h"
#include "caller/door.h"
#include "caller/known_draws_for_test.h"
#include "caller/link.h"
#include "caller/page_vectors_for_test.h"
#include "caller/safety_code.h"
#include "caller/stranger_sealing.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <vector>

namespace vv::caller {
namespace {

using Json = nlohmann::json;

const Json& vectors() {
    static const Json kAll = Json::parse(kPageVectors);
    return kAll;
}

template <std::size_t size>
std::array<std::uint8_t, size> bytes_of(const Json& hex) {
    const ByteBuffer bytes = hex_decode(hex.get<std::string>()).value();
    std::array<std::uint8_t, size> out{};
    EXPECT_EQ(bytes.size(), size);
    std::ranges::copy(bytes, out.begin());
    return out;
}

std::string fragment_of(const std::string& link) {
    return link.substr(link.find('#') + 1);
}

LinkKey link_key(std::size_t place) {
    return read_fragment(fragment_of(vectors()["links"].at(place)["link"])).value();
}

TEST(PageVectors, WhatALinkStandsFor) {
    ASSERT_FALSE(vectors()["links"].empty());
    for (const Json& link : vectors()["links"]) {
        const auto key = read_fragment(fragment_of(link["link"]));
        ASSERT_TRUE(key);
        EXPECT_EQ(hex_encode(*key), link["key"].get<std::string>());
        EXPECT_EQ(make_link("https://talk.example.org", *key), link["link"].get<std::string>());
        const LinkSecrets secrets = derive_from_key(*key);
        EXPECT_EQ(hex_encode(secrets.id), link["id"].get<std::string>());
        EXPECT_EQ(hex_encode(secrets.door), link["door"].get<std::string>());
        EXPECT_EQ(hex_encode(secrets.psk.view()), link["psk"].get<std::string>());
        EXPECT_EQ(hex_encode(make_prologue(vectors()["host"].get<std::string>(), secrets.id)),
                  link["prologue"].get<std::string>());
    }
}

// Every private call of the vectors, with this end in place of either of the page's.
TEST(PageVectors, APrivateCallFromTheKnockToTheSealedBodies) {
    const std::string host = vectors()["host"];
    const std::string call = vectors()["call"];
    const std::vector<LinkKey> keys = {link_key(0), bytes_of<kLinkKeySize>("0910171e252c333a41484f565d646b72")};
    ASSERT_EQ(vectors()["doors"].size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Json& vector = vectors()["doors"].at(i);
        for (const bool is_first : {true, false}) {
            KnownDraws draws(std::vector<std::string>{vector[is_first ? "first" : "second"], vector["answering"]});
            const std::size_t own = is_first ? 0 : 1;
            Door door(keys[i], host, draws, vector["payloads"].at(own).get<std::string>());
            EXPECT_EQ(door.id(), vector["id"].get<std::string>());
            EXPECT_EQ(door.door(), vector["door"].get<std::string>());
            EXPECT_EQ(door.noise(), vector["knocks"].at(own).get<std::string>());
            const auto greeting = door.handle_knock(vector["knocks"].at(1 - own).get<std::string>());
            ASSERT_TRUE(greeting);
            EXPECT_EQ(greeting->answers, vector["firstAnswers"] == is_first);
            EXPECT_EQ(greeting->payload, vector["payloads"].at(1 - own).get<std::string>());
            const std::string intro = vector["intro"];
            if (greeting->answers)
                EXPECT_EQ(door.answer(intro), vector["answer"].get<std::string>());
            else
                EXPECT_EQ(door.handle_answer(vector["answer"].get<std::string>()), intro);
            ASSERT_TRUE(door.is_open());
            for (const Json& sealed : vector["sealed"]) {
                const std::string text = sealed["text"];
                if (sealed["first"] == is_first)
                    EXPECT_EQ(door.seal(call, text), sealed["body"].get<std::string>());
                else
                    EXPECT_EQ(door.open(call, sealed["body"].get<std::string>()), text);
            }
        }
    }
}

// One end says and hears what the vectors have.
Agreed run_code(const Json& vector, bool is_first) {
    const std::size_t own = is_first ? 0 : 1;
    KnownDraws draws(std::vector<std::string>{vector["nonces"].at(own)});
    CodeRun run(bytes_of<32>(vector["fingerprints"].at(own)), bytes_of<32>(vector["fingerprints"].at(1 - own)), draws);
    const std::uint64_t taken = is_first ? 3 : 4;
    std::vector<std::string> said;
    std::uint64_t done = 0;
    bool is_sealed = false;
    const auto drain = [&] {
        while (const auto event = run.poll_event()) {
            if (const auto* message = std::get_if<CodeMessage>(&*event)) said.push_back(write_code_message(*message));
            if (const auto* other = std::get_if<CodeDone>(&*event)) done = other->taken;
            if (std::holds_alternative<CodeSealed>(*event)) is_sealed = true;
            EXPECT_FALSE(std::holds_alternative<CodeRefused>(*event));
        }
    };
    std::vector<std::string> wanted;
    for (const Json& message : vector["said"]) {
        const std::string text = message["text"];
        drain();
        if (message["first"] == is_first) {
            wanted.push_back(text);
        } else {
            const auto heard = parse_code_message(text);
            EXPECT_TRUE(heard) << text;
            if (heard) run.handle(*heard, taken);
        }
    }
    drain();
    EXPECT_EQ(said, wanted);
    EXPECT_EQ(done, is_first ? 4U : 3U);
    EXPECT_TRUE(is_sealed);
    return run.agreed().value();
}

TEST(PageVectors, TheSafetyCodeAndWhatGoesUnderItsKeys) {
    const std::string call = vectors()["call"];
    ASSERT_FALSE(vectors()["codes"].empty());
    for (const Json& vector : vectors()["codes"]) {
        const CodeEnd first{bytes_of<32>(vector["fingerprints"].at(0)), bytes_of<32>(vector["nonces"].at(0))};
        const CodeEnd second{bytes_of<32>(vector["fingerprints"].at(1)), bytes_of<32>(vector["nonces"].at(1))};
        EXPECT_EQ(hex_encode(commitment_of(first, second.fingerprint)), vector["commitments"].at(0).get<std::string>());
        EXPECT_EQ(hex_encode(commitment_of(second, first.fingerprint)), vector["commitments"].at(1).get<std::string>());
        const Agreed own = run_code(vector, true);
        const Agreed partner = run_code(vector, false);
        EXPECT_EQ(own.code, partner.code);
        EXPECT_EQ(Json(own.code.pictures), vector["pictures"]);
        EXPECT_EQ(own.code.digits, vector["digits"].get<std::string>());
        EXPECT_EQ(Json(own.code.fingers), vector["fingers"]);
        EXPECT_EQ(own.code.words(), vector["words"].get<std::string>());
        EXPECT_EQ(own.code.picture_text(), vector["shown"].get<std::string>());
        EXPECT_EQ(hex_encode(own.send.seal(7, as_bytes(call), as_bytes("x"))),
                  vector["sealedByFirst"].get<std::string>());

        // The first has told two bodies in plain, of which the second had one.
        StrangerSealing seals;
        seals.handle_agreed(own);
        const Body body = AnswerBody{vectors()["sdp"], 2};
        seals.note_told({4, body});
        seals.note_told({5, body});
        std::vector<std::string> sealed;
        for (const auto& told : seals.handle_done(4))
            sealed.push_back(seals.seal(call, told.body, told.id));
        sealed.push_back(seals.seal(call, OfferWantedBody{.restart = true, .round = {}, .renew = false}));
        EXPECT_EQ(Json(sealed), vector["bodies"]);

        StrangerSealing opens;
        opens.handle_agreed(partner);
        EXPECT_EQ(opens.open(call, 4, write_body(body)), write_body(body));
        EXPECT_EQ(parse_body(opens.open(call, 6, sealed.at(0)).value()), body);
        EXPECT_EQ(opens.taken(), 5U);
        EXPECT_TRUE(opens.open(call, 7, sealed.at(1)));
    }
}

TEST(PageVectors, EveryPictureAndItsWord) {
    ASSERT_EQ(vectors()["pictures"].size(), kPictures.size());
    for (std::size_t i = 0; i < kPictures.size(); ++i) {
        EXPECT_EQ(kPictures.at(i).word, vectors()["pictures"].at(i)["word"].get<std::string>());
        EXPECT_EQ(kPictures.at(i).picture, vectors()["pictures"].at(i)["picture"].get<std::string>());
    }
}

TEST(PageVectors, BodiesAndIntrosAreReadAndWrittenAlike) {
    const Json& texts = vectors()["texts"];
    ASSERT_EQ(texts["bodies"].size(), 6U);
    for (const std::string text : texts["bodies"]) {
        const auto body = parse_body(text);
        ASSERT_TRUE(body) << text;
        EXPECT_EQ(write_body(*body), text);
    }
    for (const std::string text : texts["intros"]) {
        const auto intro = parse_intro(text);
        ASSERT_TRUE(intro) << text;
        EXPECT_EQ(write_intro(*intro), text);
    }
    for (const std::string text : texts["knocks"]) {
        const auto knock = parse_knock(text);
        ASSERT_TRUE(knock) << text;
        EXPECT_EQ(write_knock(*knock), text);
    }
    const std::string intro = vectors()["doors"].at(0)["intro"];
    EXPECT_EQ(write_sealed_intro(parse_sealed_intro(intro).value()), intro);
    for (const std::string text : texts["refused"]["body"])
        EXPECT_FALSE(parse_body(text)) << text;
    for (const std::string text : texts["refused"]["intro"])
        EXPECT_FALSE(parse_intro(text)) << text;
    for (const std::string text : texts["refused"]["sealedIntro"])
        EXPECT_FALSE(parse_sealed_intro(text)) << text;
    for (const std::string text : texts["refused"]["knock"])
        EXPECT_FALSE(parse_knock(text)) << text;
    for (const std::string text : texts["refused"]["code"])
        EXPECT_FALSE(parse_code_message(text)) << text;
}

} // namespace
} // namespace vv::caller
