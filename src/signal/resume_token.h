// Resume tokens: what a session needs to exist again, sealed by the server with
// AES-256-GCM so that a page can carry it and nobody can read or change it.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "lobby/command.h"
#include "lobby/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::signal {

struct TokenContents {
    lobby::SessionId session;
    std::uint32_t number = 0;
    std::array<std::uint8_t, 32> thumbprint{}; // SHA-256 of the page's public key
    lobby::Epoch epoch;
    WallTime expiry;
    std::optional<lobby::ResumeCall> call;      // its room is not in the token by number,
    std::string room{};                         // but by tag: a restart may come with another list of rooms
    std::vector<lobby::PersonKey> blocked{};    // at most lobby::kBlockedInTokenMax
    std::vector<lobby::PersonKey> blocked_by{}; // the same; the length of the token does not tell how many

    friend bool operator==(const TokenContents&, const TokenContents&) = default;
};

/// Text of a token, in characters; longer ones are not looked at.
inline constexpr std::size_t kTokenTextMax = 1792;

class TokenSealer {
public:
    /// state_key: 32 secret bytes of the state directory; the sealing key is derived from it.
    explicit TokenSealer(std::span<const std::uint8_t, 32> state_key);

    [[nodiscard]] std::string seal(const TokenContents& contents, Rng& rng) const;
    /// Nothing for what this key has not sealed. Expiry is the caller's to check.
    [[nodiscard]] std::optional<TokenContents> open(std::string_view token) const;

private:
    std::array<std::uint8_t, 32> key_{};
};

} // namespace vv::signal
