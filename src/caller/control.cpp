#include "caller/control.h"

#include "base/overloaded.h"
#include "caller/fields.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace vv::caller {
namespace {

using nlohmann::json;
// In the order in which a page writes them.
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kHeightMax = 8'640;
constexpr std::uint64_t kRateMax = 240;
constexpr std::size_t kAddressMax = 64;
constexpr std::size_t kCodecMax = 32;

constexpr std::array<std::string_view, 3> kLegs{"udp", "tcp", "tls"};
constexpr std::array<std::string_view, 3> kByeReasons{"left", "next", "failed"};

std::optional<LimitControl> read_limit(const json& value) {
    const auto found = value.find("most");
    if (found == value.end()) return std::nullopt;
    if (found->is_null()) return LimitControl{};
    if (!found->is_object()) return std::nullopt;
    Fields fields(*found);
    const std::uint64_t height = fields.integer("height");
    const std::uint64_t rate = fields.integer("fps");
    if (!fields.ok() || height > kHeightMax || rate > kRateMax) return std::nullopt;
    return LimitControl{LimitControl::Most{static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(rate)}};
}

std::optional<Control> read_body_control(const json& value) {
    const auto found = value.find("body");
    if (found == value.end() || !found->is_object()) return std::nullopt;
    auto body = parse_body(found->dump(-1, ' ', false, json::error_handler_t::replace));
    if (!body) return std::nullopt;
    return BodyControl{*std::move(body)};
}

std::optional<Control> read(const json& value, std::string_view kind) {
    Fields fields(value);
    Control control;
    if (kind == "path") {
        PathControl path{fields.flag("relay"), std::nullopt};
        if (fields.has("leg")) path.leg = fields.choice<ControlLeg>("leg", kLegs);
        control = path;
    } else if (kind == "ends") {
        control = EndsControl{fields.maybe_text("to", kAddressMax), fields.maybe_text("met", kAddressMax)};
    } else if (kind == "bye") {
        control = ByeControl{fields.choice_or("reason", kByeReasons, ByeReason::kLeft)};
    } else if (kind == "media") {
        control = MediaControl{fields.flag("video"), fields.flag("sound"), fields.flag_or("screen", false)};
    } else if (kind == "ping") {
        control = PingControl{fields.integer("n")};
    } else if (kind == "pong") {
        control = PongControl{fields.integer("n")};
    } else if (kind == "body") {
        return read_body_control(value);
    } else if (kind == "limit") {
        const auto limit = read_limit(value);
        if (!limit) return std::nullopt;
        control = *limit;
    } else if (kind == "still") {
        control = StillControl{fields.flag("on")};
    } else if (kind == "hears") {
        control = HearsControl{fields.flag("sound")};
    } else if (kind == "undecoded") {
        control = UndecodedControl{fields.text("codec", kCodecMax)};
    } else {
        return std::nullopt;
    }
    if (!fields.ok()) return std::nullopt;
    return control;
}

Json maybe(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

} // namespace

std::optional<std::size_t> utf16_size(std::string_view text) {
    std::size_t units = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<std::uint8_t>(text[at]);
        const std::size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (size == 0 || first > 0xF4 || at + size > text.size()) return std::nullopt;
        std::uint32_t point = size == 1 ? first : first & (0x7FU >> size);
        for (std::size_t next = 1; next < size; ++next) {
            const auto byte = static_cast<std::uint8_t>(text[at + next]);
            if ((byte & 0xC0U) != 0x80) return std::nullopt;
            point = (point << 6U) | (byte & 0x3FU);
        }
        constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
        if (point < kLeast.at(size) || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
        units += size == 4 ? 2 : 1;
        at += size;
    }
    return units;
}

std::optional<Control> parse_control(std::string_view text) {
    // Of characters of four bytes each.
    if (text.size() > 4 * kControlBodySizeMax) return std::nullopt;
    const auto size = utf16_size(text);
    if (!size || *size > kControlBodySizeMax) return std::nullopt;
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    const auto kind = value->find("kind");
    if (kind == value->end() || !kind->is_string()) return std::nullopt;
    auto control = read(*value, kind->get_ref<const std::string&>());
    if (control && *size > kControlSizeMax && !std::holds_alternative<BodyControl>(*control)) return std::nullopt;
    return control;
}

std::string write_control(const Control& control) {
    const Json out = std::visit(
        Overloaded{
            [](const PathControl& path) -> Json {
                const Json leg = path.leg ? Json(kLegs.at(static_cast<std::size_t>(*path.leg))) : Json(nullptr);
                return {{"kind", "path"}, {"relay", path.relay}, {"leg", leg}};
            },
            [](const EndsControl& ends) -> Json {
                return {{"kind", "ends"}, {"to", maybe(ends.to)}, {"met", maybe(ends.met)}};
            },
            [](const ByeControl& bye) -> Json {
                return {{"kind", "bye"}, {"reason", kByeReasons.at(static_cast<std::size_t>(bye.reason))}};
            },
            [](const MediaControl& media) -> Json {
                return {{"kind", "media"}, {"video", media.video}, {"sound", media.sound}, {"screen", media.screen}};
            },
            [](const PingControl& ping) -> Json { return {{"kind", "ping"}, {"n", ping.number}}; },
            [](const PongControl& pong) -> Json { return {{"kind", "pong"}, {"n", pong.number}}; },
            [](const BodyControl& carried) -> Json {
                return {{"kind", "body"}, {"body", Json::parse(write_body(carried.body))}};
            },
            [](const LimitControl& limit) -> Json {
                if (!limit.most) return {{"kind", "limit"}, {"most", nullptr}};
                return {{"kind", "limit"}, {"most", {{"height", limit.most->height}, {"fps", limit.most->rate}}}};
            },
            [](const StillControl& still) -> Json { return {{"kind", "still"}, {"on", still.on}}; },
            [](const HearsControl& hears) -> Json { return {{"kind", "hears"}, {"sound", hears.sound}}; },
            [](const UndecodedControl& undecoded) -> Json {
                return {{"kind", "undecoded"}, {"codec", undecoded.codec}};
            },
        },
        control);
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace vv::caller
