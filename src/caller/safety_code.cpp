#include "caller/safety_code.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hmac.h"
#include "crypto/secret_bytes.h"

#include <algorithm>
#include <span>

namespace vv::caller {

// clang-format off
constexpr std::array<CodePicture, kPictureCount> kPictures{{
    {"dog", "🐶"}, {"cat", "🐱"}, {"tiger", "🐯"}, {"horse", "🐴"},
    {"elephant", "🐘"}, {"camel", "🐫"}, {"rabbit", "🐰"}, {"bear", "🐻"},
    {"monkey", "🐵"}, {"cow", "🐮"}, {"sheep", "🐑"}, {"crocodile", "🐊"},
    {"turtle", "🐢"}, {"snake", "🐍"}, {"fish", "🐟"}, {"whale", "🐳"},
    {"octopus", "🐙"}, {"dolphin", "🐬"}, {"cactus", "🌵"}, {"rose", "🌹"},
    {"mushroom", "🍄"}, {"moon", "🌙"}, {"sun", "☀️"}, {"star", "⭐"},
    {"cloud", "☁️"}, {"umbrella", "☂️"}, {"snowman", "⛄"}, {"rainbow", "🌈"},
    {"fire", "🔥"}, {"apple", "🍎"}, {"banana", "🍌"}, {"grapes", "🍇"},
    {"watermelon", "🍉"}, {"lemon", "🍋"}, {"tomato", "🍅"}, {"cherry", "🍒"},
    {"bread", "🍞"}, {"ice cream", "🍦"}, {"cup", "☕"}, {"castle", "🏰"},
    {"bell", "🔔"}, {"lock", "🔒"}, {"rocket", "🚀"}, {"book", "📖"},
    {"pencil", "✏️"}, {"piano", "🎹"}, {"hammer", "🔨"}, {"watch", "⌚"},
    {"glasses", "👓"}, {"volcano", "🌋"}, {"shirt", "👕"}, {"diamond", "💎"},
    {"gift", "🎁"}, {"balloon", "🎈"}, {"football", "⚽"}, {"guitar", "🎸"},
    {"bicycle", "🚲"}, {"train", "🚂"}, {"aeroplane", "✈️"}, {"helicopter", "🚁"},
    {"anchor", "⚓"}, {"boat", "⛵"}, {"box", "📦"}, {"television", "📺"},
}};
// clang-format on

namespace {

constexpr std::size_t kCodeBits = 24;
constexpr std::size_t kDigits = 8;

// Groups of so many bits, the most significant first.
template <std::size_t bits>
std::array<std::uint8_t, kCodeBits / bits> groups_of(std::uint32_t number) {
    std::array<std::uint8_t, kCodeBits / bits> groups{};
    for (std::size_t i = groups.size(); i-- > 0; number >>= bits)
        groups.at(i) = static_cast<std::uint8_t>(number & ((1U << bits) - 1));
    return groups;
}

std::string joined(const std::array<std::uint8_t, 4>& pictures, std::string_view CodePicture::* form) {
    std::string text;
    for (const std::uint8_t picture : pictures)
        text.append(text.empty() ? "" : " ").append(kPictures.at(picture).*form);
    return text;
}

} // namespace

std::string SafetyCode::picture_text() const {
    return joined(pictures, &CodePicture::picture);
}
std::string SafetyCode::words() const {
    return joined(pictures, &CodePicture::word);
}

CodeCommitment commitment_of(const CodeEnd& from, const CodeFingerprint& to) {
    return crypto::sha256(crypto::ByteParts{as_bytes("vv-sas1"), from.fingerprint, to, from.nonce});
}

SafetyCode read_code(const std::array<std::uint8_t, 3>& bytes) {
    const std::uint32_t number = (std::uint32_t{bytes[0]} << 16U) | (std::uint32_t{bytes[1]} << 8U) | bytes[2];
    SafetyCode code;
    code.pictures = groups_of<6>(number);
    code.fingers = groups_of<3>(number);
    for (std::uint8_t& finger : code.fingers)
        ++finger;
    const std::string digits = std::to_string(number);
    code.digits = std::string(kDigits - digits.size(), '0') + digits;
    return code;
}

Agreed agree(const CodeEnd& own, const CodeEnd& partner) {
    VV_ASSERT(own.fingerprint != partner.fingerprint);
    const bool is_low = own.fingerprint < partner.fingerprint;
    const CodeEnd& low = is_low ? own : partner;
    const CodeEnd& high = is_low ? partner : own;
    crypto::SecretBytes input;
    input.append(low.nonce);
    input.append(high.nonce);
    ByteBuffer salt;
    ByteWriter(salt).write(low.fingerprint);
    ByteWriter(salt).write(high.fingerprint);
    const auto derive = [&](std::string_view info, std::size_t size) {
        return crypto::hkdf_sha256(input.view(), salt, as_bytes(info), size);
    };
    std::array<std::uint8_t, 3> bytes{};
    std::ranges::copy(derive("vv-sas1 code", bytes.size()), bytes.begin());
    const crypto::SecretBytes upward(derive("vv-k1 lo>hi", crypto::kAes256KeySize));
    const crypto::SecretBytes downward(derive("vv-k1 hi>lo", crypto::kAes256KeySize));
    const auto cipher = [](const crypto::SecretBytes& key) {
        return crypto::CounterCipher(key.view().first<crypto::kAes256KeySize>());
    };
    return {read_code(bytes), cipher(is_low ? upward : downward), cipher(is_low ? downward : upward)};
}

} // namespace vv::caller
