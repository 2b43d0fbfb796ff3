// What the server says to a page, as text. One function for each type; nothing
// here decides anything.
#pragma once

#include "base/bytes.h"
#include "lobby/event.h"
#include "lobby/ledger.h"
#include "signal/settings.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::signal {

using Nonce = std::array<std::uint8_t, 32>;

/// One entry of RTCPeerConnection's iceServers.
struct IceServer {
    std::vector<std::string> urls;
    std::string username; // empty: none needed
    std::string credential;
};

[[nodiscard]] std::string write_challenge(const Nonce& nonce);
/// stun: where this page may learn its public address.
[[nodiscard]] std::string write_welcome(const lobby::WelcomeEvent& event, const std::string& token,
                                        const std::vector<std::string>& stun, const Settings& settings);
[[nodiscard]] std::string write_token(const std::string& token);
[[nodiscard]] std::string write_waiting(const lobby::WaitingEvent& event, const Settings& settings);
[[nodiscard]] std::string write_matched(const lobby::MatchedEvent& event, const Settings& settings);
[[nodiscard]] std::string write_joined(const lobby::JoinedEvent& event);
[[nodiscard]] std::string write_full();
[[nodiscard]] std::string write_accepted(const lobby::AcceptedEvent& event, std::span<const IceServer> servers);
[[nodiscard]] std::string write_servers(const lobby::CallId& call, std::span<const IceServer> servers);
[[nodiscard]] std::string write_probe(std::span<const IceServer> servers);
[[nodiscard]] std::string write_left(const lobby::LeftEvent& event);
[[nodiscard]] std::string write_ack(const lobby::AckEvent& event);
[[nodiscard]] std::string write_relay(const lobby::RelayEvent& event, const lobby::Epoch& epoch);
[[nodiscard]] std::string write_back(const lobby::BackEvent& event);
[[nodiscard]] std::string write_noted(const lobby::NotedEvent& event);
[[nodiscard]] std::string write_ledger(const lobby::Ledger& ledger);
[[nodiscard]] std::string write_pong();
[[nodiscard]] std::string write_rooms(const lobby::RoomsEvent& event, const Settings& settings);
/// text: for a developer; empty: the code's own sentence.
[[nodiscard]] std::string write_error(const lobby::ErrorEvent& event, std::string_view text = {});

} // namespace vv::signal
