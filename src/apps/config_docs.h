// The table of options as text, for `visavis config options` and docs/configuration.md.
#pragma once

#include <string>

namespace vv::apps {

[[nodiscard]] std::string options_as_markdown();

} // namespace vv::apps
