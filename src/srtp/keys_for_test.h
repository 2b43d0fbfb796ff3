// Keys and packets for the tests of this folder.
#pragma once

#include "base/encoding.h"
#include "base/rng.h"
#include "rtp/packet.h"
#include "srtp/key_derivation.h"
#include "srtp/profile.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace vv::srtp::test {

inline constexpr std::array kProfiles{Profile::kAes128CmSha1, Profile::kAes128Gcm, Profile::kAes256Gcm};

/// For the names of tests that are run with each.
inline std::string profile_name(const testing::TestParamInfo<Profile>& tested) {
    switch (tested.param) {
    case Profile::kAes128CmSha1:
        return "Aes128CmSha1";
    case Profile::kAes128Gcm:
        return "Aes128Gcm";
    case Profile::kAes256Gcm:
        return "Aes256Gcm";
    }
    return "Unknown";
}

inline crypto::SecretBytes secret(std::string_view hex) {
    return {hex_decode(hex).value()};
}

inline crypto::SecretBytes random_secret(Rng& rng, std::size_t size) {
    ByteBuffer bytes(size);
    rng.fill(bytes);
    return {std::move(bytes)};
}

inline MasterKey random_key(Profile profile, std::uint64_t seed = 1) {
    SeededRng rng(seed);
    return {random_secret(rng, key_size(profile)), random_secret(rng, salt_size(profile))};
}

inline ByteBuffer rtp_packet(std::uint16_t sequence, std::size_t payload_size = 50, std::uint32_t ssrc = 0xCAFEBABE) {
    ByteBuffer packet;
    rtp::write_header(packet, {false, 96, sequence, 90'000, rtp::Ssrc(ssrc)});
    for (std::size_t i = 0; i < payload_size; ++i)
        packet.push_back(static_cast<std::uint8_t>(i + sequence));
    return packet;
}

/// An empty receiver report with some words behind it.
inline ByteBuffer rtcp_packet(std::uint32_t ssrc = 0xCAFEBABE, std::size_t words = 6) {
    ByteBuffer packet{0x80, 201, 0, static_cast<std::uint8_t>(words + 1)};
    ByteWriter writer(packet);
    writer.write_u32(ssrc);
    for (std::size_t i = 0; i < words; ++i)
        writer.write_u32(static_cast<std::uint32_t>(0x01020304 * i));
    return packet;
}

} // namespace vv::srtp::test
