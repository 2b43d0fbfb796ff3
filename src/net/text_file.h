// Files that an operator names: configuration, rules, certificate, key.
#pragma once

#include "base/result.h"
#include "crypto/secret_bytes.h"

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>

namespace vv::net {

/// The whole of a file, and no other copy of any part: it may hold secrets. An error says which file and why: "cannot
/// read /etc/x: Permission denied", "/etc/x is larger than 65536 bytes".
[[nodiscard]] Result<crypto::SecretBytes, std::string>
read_text_file(const std::filesystem::path& file, std::size_t bytes_max = std::numeric_limits<std::size_t>::max());

} // namespace vv::net
