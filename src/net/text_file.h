// Files that an operator names: configuration, rules, certificate, key.
#pragma once

#include "base/result.h"
#include "crypto/secret_bytes.h"

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <system_error>

namespace vv::net {

/// The whole of a file, and no other copy of any part: it may hold secrets. An error says which file and why: "cannot
/// read /etc/x: Permission denied", "/etc/x is larger than 65536 bytes".
[[nodiscard]] Result<crypto::SecretBytes, std::string>
read_text_file(const std::filesystem::path& file, std::size_t bytes_max = std::numeric_limits<std::size_t>::max());

/// What stands in the way of this user reading and writing the file: no error, permission denied, no such file...
[[nodiscard]] std::error_code file_access_error(const std::filesystem::path& file);

} // namespace vv::net
