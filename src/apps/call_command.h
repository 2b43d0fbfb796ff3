// `visavis call URL` as a value.
#pragma once

#include "call/options.h"
#include "net/http_url.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vv::apps {

struct CallCommand {
    struct Room {
        std::string tag;
    };
    /// A private call that somebody has been given the link of.
    struct OpenLink {
        caller::LinkKey key{};
    };
    /// One whose link is made now.
    struct NewLink {};
    using Place = std::variant<Room, OpenLink, NewLink>;
    /// Whether whoever is met in a room is talked to.
    enum class Accept : std::uint8_t {
        kAsIs, ///< asked where standard input is a terminal, else yes
        kAsk,
        kYes,
    };
    enum class Play : std::uint8_t { kClip, kFiles, kNothing };

    net::HttpUrl page{};
    Place place{};
    Accept accept = Accept::kAsIs;
    Play play = Play::kClip;
    std::vector<std::filesystem::path> played{}; ///< of kFiles
    std::optional<std::filesystem::path> sound_file{};
    std::optional<std::filesystem::path> picture_file{};
    std::optional<std::filesystem::path> trusted_file{};
    std::optional<std::chrono::seconds> wait{};     ///< for somebody to come
    std::optional<std::chrono::seconds> duration{}; ///< of the call
    std::chrono::seconds patience{60};              ///< with a connection that broke
    bool hides_address = false;
    bool is_json = false;
    bool is_quiet = false;
};

} // namespace vv::apps
