// What a person says about another: the words for it, and the little that is kept.
#pragma once

#include "base/tagged.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vv::safety {

enum class ReportCategory : std::uint8_t { kHarassment, kSexual, kMinor, kHate, kViolence, kSpam, kOther };
inline constexpr std::array<std::string_view, 7> kReportCategoryNames = {"harassment", "sexual", "minor", "hate",
                                                                         "violence",   "spam",   "other"};
inline constexpr std::size_t kReportCategories = kReportCategoryNames.size();

[[nodiscard]] constexpr std::string_view name_of(ReportCategory category) {
    return kReportCategoryNames[static_cast<std::size_t>(category)];
}

/// A report's name where reports are kept; counted up and never used again.
using ReportId = Tagged<std::int64_t, struct ReportIdTag>;

} // namespace vv::safety
