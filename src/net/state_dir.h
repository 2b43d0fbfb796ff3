// The directory in which the server keeps what must outlive a restart: its key
// and, if it makes one, its certificate. Reports and bans stand beside them (report_keeper.h).
#pragma once

#include "base/bytes.h"
#include "base/rng.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string>

namespace vv::net {

using ServerKey = std::array<std::uint8_t, 32>;

class StateDir {
public:
    /// Creates the directory with mode 0700 if it is not there. Throws std::runtime_error with one clear line,
    /// PlaceError if something else is there.
    explicit StateDir(std::filesystem::path path);

    /// The key from which those of resume tokens and credentials are derived; made at the first call of the first
    /// start. Throws std::runtime_error if the file is damaged or others may read it.
    [[nodiscard]] ServerKey server_key(Rng& rng) const;

    /// The content of a private file, or nothing if there is none. Throws if others may read it.
    [[nodiscard]] std::optional<std::string> read_private(const std::string& name) const;
    /// Writes a file with mode 0600, whole or not at all, also over a power cut. One process at a time (state_lock.h).
    void write_private(const std::string& name, ByteView content) const;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace vv::net
