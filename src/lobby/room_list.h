// The language rooms a server offers: the tag people choose by, the name of the
// language in its own script, and the direction it is written in.
#pragma once

#include "base/result.h"
#include "lobby/ids.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::lobby {

enum class TextDirection : std::uint8_t { kLeftToRight, kRightToLeft };

struct Room {
    std::string tag; // BCP 47, canonical case
    std::string name;
    TextDirection direction = TextDirection::kLeftToRight;
};

class RoomList {
public:
    /// The built-in list.
    static RoomList defaults();
    /// Rooms an operator lists by tag, in that order; case is put right. Fails with one line that says what is wrong:
    /// a malformed tag, one listed twice, more than kRoomsMax. A language without a known name is named by its tag.
    static Result<RoomList, std::string> from_tags(std::span<const std::string> tags);

    [[nodiscard]] std::size_t size() const { return rooms_.size(); }
    [[nodiscard]] const Room& at(RoomIndex index) const;
    /// Exact, as pages send it.
    [[nodiscard]] std::optional<RoomIndex> find(std::string_view tag) const;

private:
    explicit RoomList(std::vector<Room> rooms);

    std::vector<Room> rooms_;
    std::vector<std::uint16_t> by_tag_; // positions, sorted by tag
};

} // namespace vv::lobby
