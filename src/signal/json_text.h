// What is looked at in the text of a message before anything reads it as JSON.
#pragma once

#include "signal/settings.h"

#include <cstddef>
#include <string_view>

namespace vv::signal {

/// More than kDepthMax arrays and objects inside one another, by counting brackets outside strings.
[[nodiscard]] inline bool is_too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kDepthMax) return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

} // namespace vv::signal
