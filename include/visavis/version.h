// Which version of the library this is: that of the headers is in visavisConfigVersion.cmake and visavis.pc.
#pragma once

#include <string_view>

namespace visavis {

/// "1.2.3", of the library that is linked (Semantic Versioning; before 1.0 each minor version may change everything).
[[nodiscard]] std::string_view version();

} // namespace visavis
