// What a document of somebody else's names, read so generously that nothing a browser would follow is overlooked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

inline constexpr std::size_t kPageLinksMax = 256;
/// What a document says behind this is not looked at.
inline constexpr std::size_t kLinkedPageMax = std::size_t{256} * 1024;

struct PageLinks {
    std::vector<std::string> references; // of src, href and the like, each once, in their order; at most kPageLinksMax
    std::size_t scripts = 0;             // elements, with a reference or a text of their own

    friend bool operator==(const PageLinks&, const PageLinks&) = default;
};

/// Tags are not told from comments and texts: what only looks like a reference is looked for in vain.
[[nodiscard]] PageLinks links_of(std::string_view html);

} // namespace vv::apps
