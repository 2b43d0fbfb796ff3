// The messages of a call's control channel (docs/protocol.md, On the data channels):
// what the partner says there is read as strictly as a page reads it. Those of the
// safety code are in code_run.h.
#pragma once

#include "caller/bodies.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vv::caller {

/// In UTF-16 units. A body has a description in it, and some browsers take no longer message than 16 KiB.
inline constexpr std::size_t kControlSizeMax = 4'096;
inline constexpr std::size_t kControlBodySizeMax = 16'384;

/// How the sender reaches its own relay.
enum class ControlLeg : std::uint8_t { kUdp, kTcp, kTls };

/// Said whenever the sender's path changes.
struct PathControl {
    bool relay = false;
    std::optional<ControlLeg> leg{};
    friend bool operator==(const PathControl&, const PathControl&) = default;
};
/// Where the sender's packets go, and which address that the partner sends to it has itself.
struct EndsControl {
    std::optional<std::string> to{};
    std::optional<std::string> met{};
    friend bool operator==(const EndsControl&, const EndsControl&) = default;
};
enum class ByeReason : std::uint8_t { kLeft, kNext, kFailed };
struct ByeControl {
    ByeReason reason{};
    friend bool operator==(const ByeControl&, const ByeControl&) = default;
};
struct MediaControl {
    bool video = false;
    bool sound = false;
    bool screen = false;
    friend bool operator==(const MediaControl&, const MediaControl&) = default;
};
struct PingControl {
    std::uint64_t number = 0;
    friend bool operator==(const PingControl&, const PingControl&) = default;
};
struct PongControl {
    std::uint64_t number = 0;
    friend bool operator==(const PongControl&, const PongControl&) = default;
};
struct BodyControl {
    Body body;
    friend bool operator==(const BodyControl&, const BodyControl&) = default;
};
/// Nothing: there is no limit.
struct LimitControl {
    struct Most {
        std::uint32_t height = 0;
        std::uint32_t rate = 0;
        friend bool operator==(const Most&, const Most&) = default;
    };
    std::optional<Most> most{};
    friend bool operator==(const LimitControl&, const LimitControl&) = default;
};
/// The sender's picture stands still.
struct StillControl {
    bool on = false;
    friend bool operator==(const StillControl&, const StillControl&) = default;
};
/// Whether the partner is heard at the sender's.
struct HearsControl {
    bool sound = false;
    friend bool operator==(const HearsControl&, const HearsControl&) = default;
};
/// Pictures in this codec cannot be decoded at the sender's.
struct UndecodedControl {
    std::string codec;
    friend bool operator==(const UndecodedControl&, const UndecodedControl&) = default;
};
using Control = std::variant<PathControl, EndsControl, ByeControl, MediaControl, PingControl, PongControl, BodyControl,
                             LimitControl, StillControl, HearsControl, UndecodedControl>;

/// Nothing for what is too long, none of these, or not in its form.
[[nodiscard]] std::optional<Control> parse_control(std::string_view text);
[[nodiscard]] std::string write_control(const Control& control);

/// As pages measure texts. Nothing: it is no UTF-8.
[[nodiscard]] std::optional<std::size_t> utf16_size(std::string_view text);

} // namespace vv::caller
