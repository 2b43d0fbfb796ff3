// The captured descriptions one by one, and what tests do with their text.
#pragma once

#include "sdp/chromium_156_for_test.h"
#include "sdp/description.h"
#include "sdp/firefox_153_for_test.h"

#include <array>
#include <string>
#include <string_view>

namespace vv::sdp::test {

struct Captured {
    std::string_view name;
    std::string_view text;
};
inline constexpr std::array kCaptured{
    Captured{"kChromiumOffer", kChromiumOffer},
    Captured{"kChromiumDataOffer", kChromiumDataOffer},
    Captured{"kChromiumSecondOffer", kChromiumSecondOffer},
    Captured{"kChromiumAnswer", kChromiumAnswer},
    Captured{"kFirefoxOffer", kFirefoxOffer},
    Captured{"kFirefoxDataOffer", kFirefoxDataOffer},
    Captured{"kFirefoxSimulcastOffer", kFirefoxSimulcastOffer},
    Captured{"kFirefoxSecondOffer", kFirefoxSecondOffer},
    Captured{"kFirefoxAnswer", kFirefoxAnswer},
};

inline Description parsed(std::string_view text) {
    return parse_description(text).value();
}

/// With the first occurrence of a part replaced.
inline std::string with(std::string_view text, std::string_view part, std::string_view replacement) {
    std::string out(text);
    return out.replace(out.find(part), part.size(), replacement);
}

} // namespace vv::sdp::test
