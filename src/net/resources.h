// What the operating system lends this process, and its name.
#pragma once

#include <string>

namespace vv::net {

/// As many descriptors as the system lets this process have: every connection and relay port needs one.
void raise_descriptor_limit();
/// Empty if the machine has none.
[[nodiscard]] std::string host_name();

} // namespace vv::net
