#include "base/encoding.h"
#include "base/rng.h"
#include "rtp/vp8.h"
#include "rtp/vp8_assembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vv::rtp {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

std::optional<Vp8Descriptor> descriptor_of(const std::string& hex) {
    const ByteBuffer payload = hex_decode(hex + "77").value();
    const auto parsed = parse_vp8(payload);
    if (!parsed) return std::nullopt;
    EXPECT_EQ(hex_encode(parsed->data), "77");
    return parsed->descriptor;
}

// RFC 7741 §4.2.
TEST(Vp8Descriptor, IsReadInAllItsForms) {
    EXPECT_EQ(descriptor_of("10"), (Vp8Descriptor{.starts_partition = true}));
    EXPECT_EQ(descriptor_of("23"), (Vp8Descriptor{.is_reference = false, .partition = 3}));
    EXPECT_EQ(descriptor_of("90807f"), (Vp8Descriptor{.starts_partition = true, .picture_id = 0x7F}));
    EXPECT_EQ(descriptor_of("9080ffff"), (Vp8Descriptor{.starts_partition = true, .picture_id = 0x7FFF}));
    EXPECT_EQ(descriptor_of("80f08123aaf5"), (Vp8Descriptor{.picture_id = 0x123,
                                                            .tl0_picture_index = 0xAA,
                                                            .layer = Vp8Descriptor::Layer{3, true},
                                                            .key_index = 0x15}));
    EXPECT_EQ(descriptor_of("80100f"), (Vp8Descriptor{.key_index = 0x0F}));
    EXPECT_EQ(descriptor_of("8000"), Vp8Descriptor{});
}

TEST(Vp8Descriptor, IsWrittenAsItIsRead) {
    for (const std::string hex : {"10", "23", "9080ffff", "80f08123aaf5", "802040", "80f080000000"}) {
        ByteBuffer out;
        write_vp8_descriptor(out, descriptor_of(hex).value());
        EXPECT_EQ(hex_encode(out), hex);
        EXPECT_LE(out.size(), kVp8DescriptorSizeMax);
    }
}

TEST(Vp8Descriptor, RefusesWhatEndsInsideIt) {
    const ByteBuffer whole = hex_decode("80f08123aaf577").value();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_vp8(ByteView(whole).first(size))) << size;
    EXPECT_TRUE(parse_vp8(whole));
    EXPECT_FALSE(parse_vp8(ByteBuffer{0x10})); // a descriptor of nothing
}

// RFC 6386 §9.1: the start code, then width and height with their scales.
TEST(Vp8Head, SaysWhetherAPictureIsWholeAndHowLarge) {
    EXPECT_EQ(read_vp8_head(hex_decode("1000009d012a8002e041").value()), (Vp8PictureHead{true, 640, 480}));
    EXPECT_EQ(read_vp8_head(hex_decode("110000").value()), Vp8PictureHead{});
    EXPECT_EQ(read_vp8_head(hex_decode("1000009d012b8002e041").value()), std::nullopt);
    EXPECT_EQ(read_vp8_head(hex_decode("1000009d012a8002e0").value()), std::nullopt);
    EXPECT_EQ(read_vp8_head(hex_decode("1100").value()), std::nullopt);
}

ByteBuffer picture(bool is_key, std::size_t size, std::uint8_t fill) {
    ByteBuffer bytes = hex_decode(is_key ? "1000009d012a8002e001" : "11000000000000000000").value();
    bytes.resize(std::max(bytes.size(), size), fill);
    return bytes;
}

TEST(Vp8Packetizer, CutsEvenlyAndNumbersPictures) {
    Vp8Packetizer packetizer(104, kVp8PictureIdMax);
    const ByteBuffer whole = picture(true, 201, 5);
    const auto payloads = packetizer.packetize(whole);
    ASSERT_EQ(payloads.size(), 3U);
    ByteBuffer joined;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        EXPECT_EQ(payloads[i].size(), 67U + 4U);
        const auto parsed = parse_vp8(payloads[i]);
        EXPECT_EQ(parsed->descriptor.picture_id, kVp8PictureIdMax);
        EXPECT_EQ(parsed->descriptor.starts_picture(), i == 0);
        joined.insert(joined.end(), parsed->data.begin(), parsed->data.end());
    }
    EXPECT_EQ(joined, whole);
    EXPECT_EQ(packetizer.packetize(picture(true, 200, 5)).size(), 2U);                   // both full
    EXPECT_EQ(parse_vp8(packetizer.packetize(whole).front())->descriptor.picture_id, 1); // after 0
    EXPECT_TRUE(packetizer.packetize({}).empty());
}

class Assembler : public testing::Test {
protected:
    struct Sent {
        Header header;
        ByteBuffer payload;
    };

    std::vector<Sent> send(bool is_key, std::size_t size = 250, std::uint8_t fill = 1) {
        std::vector<Sent> packets;
        timestamp += 3000;
        for (ByteBuffer& payload : packetizer.packetize(picture(is_key, size, fill)))
            packets.push_back({{false, 96, sequence++, timestamp, Ssrc(1)}, std::move(payload)});
        packets.back().header.marker = true;
        return packets;
    }
    void receive(const Sent& sent, Instant now = kStart) {
        Packet packet;
        packet.header = sent.header;
        packet.payload = sent.payload;
        assembler.handle_packet(now, packet);
    }
    void receive_all(const std::vector<Sent>& packets, Instant now = kStart) {
        for (const Sent& sent : packets)
            receive(sent, now);
    }
    /// What each picture is filled with.
    std::vector<int> pictures() {
        std::vector<int> fills;
        while (const auto picture = assembler.poll_picture())
            fills.push_back(picture->bytes.back());
        return fills;
    }
    using Fills = std::vector<int>;

    Vp8Packetizer packetizer{104, 0};
    Vp8Assembler assembler;
    std::uint16_t sequence = 65'530; // soon wraps
    std::uint32_t timestamp = 0xFFFFE000;
};

TEST_F(Assembler, PutsPicturesTogether) {
    EXPECT_TRUE(assembler.needs_keyframe());
    receive_all(send(true, 250, 1));
    const auto first = assembler.poll_picture();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->bytes, picture(true, 250, 1));
    EXPECT_EQ(first->head, (Vp8PictureHead{true, 640, 480}));
    EXPECT_EQ(first->timestamp, 0xFFFFE000 + 3000);
    EXPECT_EQ(first->last_sequence, 65'532);
    EXPECT_FALSE(assembler.needs_keyframe());
    for (std::uint8_t fill = 2; fill < 10; ++fill)
        receive_all(send(false, 20 + fill * 30U, fill));
    EXPECT_EQ(pictures(), (Fills{2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(assembler.held(), 0U);
    EXPECT_EQ(assembler.skips(), 0U);
}

TEST_F(Assembler, WaitsForWhatIsLate) {
    receive_all(send(true));
    (void)pictures();
    const auto late = send(false, 250, 2);
    const auto next = send(false, 250, 3);
    receive(late[2]);
    receive_all(next);
    receive(late[0]);
    EXPECT_EQ(pictures(), Fills{});
    receive(late[1]);
    EXPECT_EQ(pictures(), (Fills{2, 3}));
    receive_all(late); // again
    EXPECT_EQ(pictures(), Fills{});
    EXPECT_EQ(assembler.held(), 0U);
}

TEST_F(Assembler, BeginsWithAWholePicture) {
    receive_all(send(false, 250, 1));
    EXPECT_EQ(pictures(), Fills{});
    EXPECT_TRUE(assembler.needs_keyframe());
    receive_all(send(true, 250, 2));
    receive_all(send(false, 250, 3));
    EXPECT_EQ(pictures(), (Fills{2, 3}));
}

TEST_F(Assembler, GoesOnWithTheNextWholePicture) {
    receive_all(send(true, 250, 1));
    const auto broken = send(false, 250, 2);
    receive(broken[0]);
    receive(broken[2]);
    receive_all(send(false, 250, 3));
    receive_all(send(true, 250, 4));
    receive_all(send(false, 250, 5));
    EXPECT_EQ(pictures(), (Fills{1, 4, 5}));
    EXPECT_EQ(assembler.skips(), 1U);
    EXPECT_EQ(assembler.held(), 0U);
}

TEST_F(Assembler, WantsAWholePictureAfterAWhile) {
    receive_all(send(true, 250, 1));
    EXPECT_EQ(assembler.poll_timeout(), std::nullopt);
    const auto broken = send(false, 250, 2);
    receive(broken[0]);
    EXPECT_EQ(assembler.poll_timeout(), kStart + kRepairWait);
    receive_all(send(false, 250, 3), kStart + 100ms); // none of this moves the deadline
    assembler.handle_timeout(kStart + kRepairWait - 1ns);
    EXPECT_FALSE(assembler.needs_keyframe());
    assembler.handle_timeout(kStart + kRepairWait);
    EXPECT_TRUE(assembler.needs_keyframe());
    EXPECT_EQ(assembler.poll_timeout(), std::nullopt);
    receive_all(broken, kStart + 2s); // it does come after all
    EXPECT_EQ(pictures(), (Fills{1, 2, 3}));
    EXPECT_FALSE(assembler.needs_keyframe());
}

TEST_F(Assembler, PassesOverPaddingBetweenPictures) {
    receive_all(send(true, 250, 1));
    receive({{false, 96, sequence++, timestamp, Ssrc(1)}, {}});
    receive({{false, 96, sequence++, timestamp, Ssrc(1)}, {}});
    receive_all(send(false, 250, 2));
    EXPECT_EQ(pictures(), (Fills{1, 2}));
}

TEST_F(Assembler, JoinsNoPiecesOfTwoPictures) {
    receive_all(send(true, 250, 1));
    const auto first = send(false, 250, 2);
    auto second = send(false, 250, 3);
    receive(first[0]);
    receive(first[1]);
    // The end of the first is lost, and the second pretends to stand in its place.
    second[2].header.sequence = first[2].header.sequence;
    receive(second[2]);
    EXPECT_EQ(pictures(), Fills{1});
}

TEST_F(Assembler, PassesOverWhatIsNoVp8) {
    receive({{true, 96, 1, 1, Ssrc(1)}, {0x80}});
    receive({{true, 96, 2, 1, Ssrc(1)}, {0x10, 0x00, 0x00}}); // a whole picture without its start code
    EXPECT_EQ(assembler.held(), 0U);
}

TEST_F(Assembler, HoldsPacketsUpToItsLimit) {
    receive_all(send(true, 250, 1));
    ++sequence; // one is lost
    for (std::size_t i = 0; i < kFragmentsMax; ++i)
        receive(send(false, 50, 2).front());
    EXPECT_EQ(assembler.held(), kFragmentsMax);
    EXPECT_FALSE(assembler.needs_keyframe());
    receive(send(false, 50, 2).front());
    EXPECT_EQ(assembler.held(), 0U);
    EXPECT_TRUE(assembler.needs_keyframe());
    receive_all(send(true, 250, 3));
    EXPECT_EQ(pictures(), (Fills{1, 3}));
}

TEST_F(Assembler, HoldsBytesUpToItsLimit) {
    packetizer = Vp8Packetizer(60'000, 0);
    receive_all(send(true, 250, 1));
    ++sequence;
    std::size_t count = 0;
    while (assembler.held() == count) {
        receive(send(false, 50'000, 2).front());
        ++count;
    }
    EXPECT_EQ(count, kFragmentBytesMax / 50'000 + 1);
    EXPECT_TRUE(assembler.needs_keyframe());
}

TEST_F(Assembler, KeepsPicturesUpToItsLimit) {
    receive_all(send(true, 50, 1));
    for (std::size_t i = 0; i < kPicturesMax + 5; ++i)
        receive_all(send(false, 50, 2));
    EXPECT_EQ(pictures().size(), kPicturesMax);
    receive_all(send(false, 50, 3));
    EXPECT_EQ(pictures(), (Fills{2, 2, 2, 2, 2, 2, 3})); // none is lost
}

// Whatever road it takes, what comes out is a run of pictures that can be decoded: each after its own predecessor, or
// whole.
TEST_F(Assembler, GivesOutOnlyWhatCanBeDecoded) {
    SeededRng rng(2);
    std::vector<Sent> underway;
    std::vector<int> fills;
    Instant now = kStart;
    for (int i = 0; i < 800; ++i, now += 33ms) {
        for (Sent& sent : send(i % 40 == 0, 60 + rng.below(400), static_cast<std::uint8_t>(i))) {
            if (rng.below(60) != 0) underway.push_back(std::move(sent));
        }
        while (underway.size() > 6) {
            const auto chosen = underway.begin() + static_cast<std::ptrdiff_t>(rng.below(underway.size()));
            receive(*chosen, now);
            underway.erase(chosen);
        }
        assembler.handle_timeout(now);
        while (const auto out = assembler.poll_picture()) {
            const int fill = out->bytes.back();
            const bool follows = !fills.empty() && fill == (fills.back() + 1) % 256;
            EXPECT_TRUE(follows || out->head.is_key) << i;
            fills.push_back(fill);
        }
    }
    EXPECT_GT(fills.size(), 200U);
    EXPECT_GT(assembler.skips(), 3U);
}

} // namespace
} // namespace vv::rtp
