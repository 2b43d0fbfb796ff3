// Standard input, output and error, which a program cannot be sure to have been given.
#pragma once

namespace vv::net {

/// Whoever starts a program with one of the three closed would have it write what it says into the next file that it
/// opens: what is closed becomes /dev/null. Before anything is opened.
void open_standard_descriptors();

} // namespace vv::net
