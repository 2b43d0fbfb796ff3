#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace vv {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotInAlphabet = 0xFF;

constexpr std::array<std::uint8_t, 256> kUrlValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNotInAlphabet);
    for (std::size_t i = 0; i < kUrlAlphabet.size(); ++i) {
        values[static_cast<std::uint8_t>(kUrlAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

std::string encode_base64(ByteView bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : bytes) {
        buffer = (buffer << 8U) | byte;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text.push_back(alphabet[(buffer >> bits) & 0x3FU]);
        }
    }
    if (bits > 0) text.push_back(alphabet[(buffer << (6 - bits)) & 0x3FU]);
    return text;
}

std::optional<std::uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

// Length of the sequence a lead byte announces and the smallest code point that needs it; 0 for no lead byte.
struct Utf8Lead {
    std::size_t length;
    std::uint32_t smallest;
    std::uint32_t bits;
};
Utf8Lead utf8_lead(std::uint8_t byte) {
    if (byte < 0x80) return {1, 0, byte};
    if ((byte & 0xE0U) == 0xC0U) return {2, 0x80, byte & 0x1FU};
    if ((byte & 0xF0U) == 0xE0U) return {3, 0x800, byte & 0x0FU};
    if ((byte & 0xF8U) == 0xF0U) return {4, 0x10000, byte & 0x07U};
    return {0, 0, 0};
}

} // namespace

std::string base64url_encode(ByteView bytes) {
    return encode_base64(bytes, kUrlAlphabet);
}

std::string base64_encode(ByteView bytes) {
    std::string text = encode_base64(bytes, kStandardAlphabet);
    while (text.size() % 4 != 0)
        text.push_back('=');
    return text;
}

std::optional<ByteBuffer> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    ByteBuffer bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::uint8_t value = kUrlValues[static_cast<std::uint8_t>(c)];
        if (value == kNotInAlphabet) return std::nullopt;
        buffer = (buffer << 6U) | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(buffer >> bits));
        }
    }
    // Two texts for the same bytes would let one identifier pass for two.
    if ((buffer & ((1U << bits) - 1U)) != 0) return std::nullopt;
    return bytes;
}

std::string hex_encode(ByteView bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 0x0FU]);
    }
    return text;
}

std::optional<ByteBuffer> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    ByteBuffer bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_digit(text[i]);
        const auto low = hex_digit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>((*high << 4U) | *low));
    }
    return bytes;
}

bool is_valid_utf8(ByteView bytes) {
    std::size_t i = 0;
    while (i < bytes.size()) {
        const Utf8Lead lead = utf8_lead(bytes[i]);
        if (lead.length == 0 || bytes.size() - i < lead.length) return false;
        std::uint32_t code_point = lead.bits;
        for (std::size_t k = 1; k < lead.length; ++k) {
            const std::uint8_t next = bytes[i + k];
            if ((next & 0xC0U) != 0x80U) return false;
            code_point = (code_point << 6U) | (next & 0x3FU);
        }
        const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        if (code_point < lead.smallest || code_point > 0x10FFFF || surrogate) return false;
        i += lead.length;
    }
    return true;
}

std::size_t count_characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace vv
