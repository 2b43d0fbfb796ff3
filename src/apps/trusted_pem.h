// What --trust names, for commands that talk to a server.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace vv::apps {

/// The certificates in the file, in PEM; empty: none is named, and the system's are trusted. Throws ConfigError for a
/// file that cannot be read, is larger than 1 MiB, or has none in it.
[[nodiscard]] std::string read_trusted_pem(const std::optional<std::filesystem::path>& file);

} // namespace vv::apps
