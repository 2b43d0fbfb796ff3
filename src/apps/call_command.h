// `visavis call URL` as a value, read from the command line.
#pragma once

#include "call/options.h"
#include "net/http_url.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace CLI { // NOLINT(readability-identifier-naming): the library's own name
class App;
} // namespace CLI

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
    bool hides_address = false;
    bool is_json = false;
    bool is_quiet = false;
};

/// `call` and its flags below `visavis`.
class CallSyntax {
public:
    explicit CallSyntax(CLI::App& app);
    CallSyntax(const CallSyntax&) = delete;
    CallSyntax& operator=(const CallSyntax&) = delete;

    [[nodiscard]] const CLI::App* parsed() const;
    /// Throws ConfigError with a sentence that says what to do.
    [[nodiscard]] CallCommand command() const;

private:
    /// Also with an empty value, as by a script's mistake: that is no leave to do as without it.
    [[nodiscard]] bool is_given(const std::string& flag) const;
    [[nodiscard]] std::optional<std::chrono::seconds> seconds(const std::string& flag, const std::string& text) const;
    [[nodiscard]] CallCommand::Place place(const std::string& fragment) const;
    void take_played(CallCommand& command) const;
    void take_written(CallCommand& command) const;

    CLI::App* call_;
    std::string url_;
    std::string room_;
    bool new_link_ = false;
    std::vector<std::string> play_;
    std::vector<std::string> write_;
    std::string accept_;
    std::string wait_;
    std::string duration_;
    std::string trust_;
    bool hides_address_ = false;
    bool is_json_ = false;
    bool is_quiet_ = false;
};

} // namespace vv::apps
