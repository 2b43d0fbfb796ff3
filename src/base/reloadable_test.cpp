#include "base/reloadable.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace vv {
namespace {

struct Lamp {
    int brightness = 1;
    int wires = 2;
};

template <typename To, typename Visit>
void each_reloadable(To& to, const Lamp& from, Visit visit) {
    visit(to.brightness, from.brightness);
}

struct Room {
    std::string name;
    std::string floor;
    std::optional<Lamp> lamp;
};

template <typename To, typename Visit>
void each_reloadable(To& to, const Room& from, Visit visit) {
    visit(to.name, from.name);
    if (to.lamp && from.lamp) each_reloadable(*to.lamp, *from.lamp, visit);
}

TEST(Reloadable, IsTakenAndTheRestStays) {
    Room room{"kitchen", "ground", Lamp{}};
    const Room wished{"parlour", "first", Lamp{5, 6}};
    EXPECT_FALSE(is_same_reloadable(room, wished));
    take_reloadable(room, wished);
    EXPECT_EQ(room.name, "parlour");
    EXPECT_EQ(room.floor, "ground");
    EXPECT_EQ(room.lamp->brightness, 5);
    EXPECT_EQ(room.lamp->wires, 2);
    EXPECT_TRUE(is_same_reloadable(room, wished));
}

TEST(Reloadable, DiffersByWhatMayChangeAlone) {
    const Room room{"kitchen", "ground", Lamp{}};
    EXPECT_TRUE(is_same_reloadable(room, Room{"kitchen", "first", Lamp{1, 9}}));
    EXPECT_TRUE(is_same_reloadable(room, Room{"kitchen", "ground", std::nullopt}));
    EXPECT_FALSE(is_same_reloadable(room, Room{"kitchen", "ground", Lamp{2, 2}}));
}

} // namespace
} // namespace vv
