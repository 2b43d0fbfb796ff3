// Language tags (BCP 47): syntax and the customary case. Whether the subtags are
// registered is not looked up, beyond that a language has two or three letters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vv::lobby {

/// RFC 5646 §4.4.1 asks for room for 35 characters; nothing real is longer.
inline constexpr std::size_t kLanguageTagMax = 35;

/// "PT-br" as "pt-BR" (RFC 5646 §2.1.1). Nothing if it is not a well-formed `langtag` (§2.1; the grandfathered
/// and purely private forms are not accepted), or its language has more letters than any that is registered.
[[nodiscard]] std::optional<std::string> canonical_language_tag(std::string_view tag);

/// "Arab" of "pa-Arab-PK"; empty where no script is named. The tag is in canonical case, in which nothing else is
/// written so.
[[nodiscard]] std::string_view script_of(std::string_view canonical_tag);

} // namespace vv::lobby
