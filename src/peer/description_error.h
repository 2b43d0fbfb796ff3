// Why a description was not made or taken.
#pragma once

#include <cstddef>
#include <string_view>

namespace vv::peer {

/// Quotes nothing of the description, so it may be logged.
struct DescriptionError {
    std::string_view why;
    std::size_t line = 0; ///< where the text is wrong, from 1

    friend bool operator==(const DescriptionError&, const DescriptionError&) = default;
};

} // namespace vv::peer
