#include "lobby/room_list.h"

#include "base/assert.h"
#include "lobby/language_tag.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace vv::lobby {
namespace {

struct KnownLanguage {
    std::string_view tag;
    std::string_view name; // as its speakers write it
    TextDirection direction = TextDirection::kLeftToRight;
};

constexpr TextDirection kRtl = TextDirection::kRightToLeft;

// The languages most spoken, the constitution's large Indian ones among them, and
// those of many web users. The order is by name of the tag: no language comes first.
constexpr std::array kKnown = {
    KnownLanguage{"am", "አማርኛ"},          KnownLanguage{"ar", "العربية", kRtl},
    KnownLanguage{"as", "অসমীয়া"},        KnownLanguage{"bn", "বাংলা"},
    KnownLanguage{"de", "Deutsch"},       KnownLanguage{"en", "English"},
    KnownLanguage{"es", "Español"},       KnownLanguage{"fa", "فارسی", kRtl},
    KnownLanguage{"fil", "Filipino"},     KnownLanguage{"fr", "Français"},
    KnownLanguage{"gu", "ગુજરાતી"},        KnownLanguage{"ha", "Hausa"},
    KnownLanguage{"hi", "हिन्दी"},         KnownLanguage{"id", "Bahasa Indonesia"},
    KnownLanguage{"it", "Italiano"},      KnownLanguage{"ja", "日本語"},
    KnownLanguage{"jv", "Basa Jawa"},     KnownLanguage{"kn", "ಕನ್ನಡ"},
    KnownLanguage{"ko", "한국어"},        KnownLanguage{"mai", "मैथिली"},
    KnownLanguage{"ml", "മലയാളം"},        KnownLanguage{"mr", "मराठी"},
    KnownLanguage{"ms", "Bahasa Melayu"}, KnownLanguage{"my", "မြန်မာ"},
    KnownLanguage{"ne", "नेपाली"},         KnownLanguage{"nl", "Nederlands"},
    KnownLanguage{"or", "ଓଡ଼ିଆ"},           KnownLanguage{"pa", "ਪੰਜਾਬੀ"},
    KnownLanguage{"pl", "Polski"},        KnownLanguage{"pt", "Português"},
    KnownLanguage{"ru", "Русский"},       KnownLanguage{"si", "සිංහල"},
    KnownLanguage{"sw", "Kiswahili"},     KnownLanguage{"ta", "தமிழ்"},
    KnownLanguage{"te", "తెలుగు"},         KnownLanguage{"th", "ไทย"},
    KnownLanguage{"tr", "Türkçe"},        KnownLanguage{"uk", "Українська"},
    KnownLanguage{"ur", "اردو", kRtl},    KnownLanguage{"vi", "Tiếng Việt"},
    KnownLanguage{"yo", "Yorùbá"},        KnownLanguage{"zh", "中文"},
};

// Known, but offered only where an operator asks for them.
constexpr std::array kFurther = {
    KnownLanguage{"ckb", "کوردیی ناوەندی", kRtl},
    KnownLanguage{"cs", "Čeština"},
    KnownLanguage{"dv", "ދިވެހި", kRtl},
    KnownLanguage{"el", "Ελληνικά"},
    KnownLanguage{"he", "עברית", kRtl},
    KnownLanguage{"hu", "Magyar"},
    KnownLanguage{"ks", "کٲشُر", kRtl},
    KnownLanguage{"kok", "कोंकणी"},
    KnownLanguage{"pa-Arab", "پنجابی", kRtl},
    KnownLanguage{"pt-BR", "Português (Brasil)"},
    KnownLanguage{"pt-PT", "Português (Portugal)"},
    KnownLanguage{"ps", "پښتو", kRtl},
    KnownLanguage{"ro", "Română"},
    KnownLanguage{"sa", "संस्कृतम्"},
    KnownLanguage{"sat", "ᱥᱟᱱᱛᱟᱲᱤ"},
    KnownLanguage{"sd", "سنڌي", kRtl},
    KnownLanguage{"sv", "Svenska"},
    KnownLanguage{"ug", "ئۇيغۇرچە", kRtl},
    KnownLanguage{"yi", "ייִדיש", kRtl},
    KnownLanguage{"yue", "粵語"},
    KnownLanguage{"zh-Hans", "简体中文"},
    KnownLanguage{"zh-Hant", "繁體中文"},
};

constexpr std::array<std::string_view, 9> kRtlScripts = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo",
                                                         "Rohg", "Samr", "Syrc", "Thaa"};

const KnownLanguage* find_known(std::string_view tag) {
    for (const KnownLanguage& known : kKnown) {
        if (known.tag == tag) return &known;
    }
    for (const KnownLanguage& known : kFurther) {
        if (known.tag == tag) return &known;
    }
    return nullptr;
}

Room make_room(const KnownLanguage& known) {
    return {std::string(known.tag), std::string(known.name), known.direction};
}

Room named_after(const KnownLanguage& known, const std::string& tag, std::size_t dash) {
    Room room = make_room(known);
    room.tag = tag;
    if (dash < tag.size()) room.name += " (" + tag.substr(dash + 1) + ")";
    return room;
}

// A tag with a region that is not listed itself is named after its language: "es-MX" is "Español (MX)". One with a
// script is not, since the language's name stands here in another script; "pa-Arab-PK" is what "pa-Arab" is.
Room room_of(const std::string& tag) {
    if (const KnownLanguage* const known = find_known(tag)) return make_room(*known);
    if (const std::string_view script = script_of(tag); !script.empty()) {
        const std::size_t end = tag.find(script) + script.size();
        if (const KnownLanguage* const known = find_known(std::string_view(tag).substr(0, end)); known != nullptr) {
            return named_after(*known, tag, end);
        }
        const bool is_rtl = std::ranges::find(kRtlScripts, script) != kRtlScripts.end();
        return {tag, tag, is_rtl ? TextDirection::kRightToLeft : TextDirection::kLeftToRight};
    }
    const std::size_t dash = tag.find('-');
    const KnownLanguage* const language = find_known(std::string_view(tag).substr(0, dash));
    if (language == nullptr) return {tag, tag, TextDirection::kLeftToRight};
    return named_after(*language, tag, dash);
}

} // namespace

RoomList::RoomList(std::vector<Room> rooms) : rooms_(std::move(rooms)), by_tag_(rooms_.size()) {
    std::iota(by_tag_.begin(), by_tag_.end(), std::uint16_t{0});
    std::sort(by_tag_.begin(), by_tag_.end(),
              [this](std::uint16_t a, std::uint16_t b) { return rooms_[a].tag < rooms_[b].tag; });
}

RoomList RoomList::defaults() {
    std::vector<Room> rooms;
    rooms.reserve(kKnown.size());
    for (const KnownLanguage& known : kKnown)
        rooms.push_back(make_room(known));
    return RoomList(std::move(rooms));
}

Result<RoomList, std::string> RoomList::from_tags(std::span<const std::string> tags) {
    if (tags.size() > kRoomsMax) return Failure("at most " + std::to_string(kRoomsMax) + " rooms are possible");
    std::vector<Room> rooms;
    for (const std::string& text : tags) {
        const auto tag = canonical_language_tag(text);
        if (!tag) return Failure("'" + text + "' is not a language tag such as ta or pt-BR");
        const auto same = [&](const Room& room) { return room.tag == *tag; };
        if (std::any_of(rooms.begin(), rooms.end(), same)) return Failure("'" + *tag + "' is listed twice");
        rooms.push_back(room_of(*tag));
    }
    return RoomList(std::move(rooms));
}

const Room& RoomList::at(RoomIndex index) const {
    VV_ASSERT(index.value() < rooms_.size());
    return rooms_[index.value()];
}

std::optional<RoomIndex> RoomList::find(std::string_view tag) const {
    const auto found = std::lower_bound(by_tag_.begin(), by_tag_.end(), tag,
                                        [this](std::uint16_t i, std::string_view t) { return rooms_[i].tag < t; });
    if (found == by_tag_.end() || rooms_[*found].tag != tag) return std::nullopt;
    return RoomIndex(*found);
}

} // namespace vv::lobby
