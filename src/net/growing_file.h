// A file that is written while things happen, and is whole at every moment: what was appended is in it or is not, and
// what happens to this process afterwards changes nothing of it. Only close() sees to it that a machine which loses its
// power keeps it too.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/unique_fd.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace vv::net {

class GrowingFile {
public:
    /// A new file; of what is there already nothing is touched, but a device such as /dev/null is written to. An error
    /// says which file, why, and what to do.
    [[nodiscard]] static Result<GrowingFile, std::string> create(const std::filesystem::path& path);
    GrowingFile(GrowingFile&&) noexcept = default;
    GrowingFile& operator=(GrowingFile&&) noexcept = delete;
    GrowingFile(const GrowingFile&) = delete;
    GrowingFile& operator=(const GrowingFile&) = delete;
    /// As close() does, unsaid.
    ~GrowingFile();

    /// All of it or, with an error, nothing of it; after an error nothing is written any more.
    [[nodiscard]] Result<void, std::string> append(ByteView bytes);
    /// Stored, as far as the system can say. A file in which nothing was written is taken away again.
    [[nodiscard]] Result<void, std::string> close();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    GrowingFile(std::filesystem::path path, UniqueFd fd, bool is_device)
        : path_(std::move(path)),
          fd_(std::move(fd)),
          is_device_(is_device) {}

    [[nodiscard]] std::string cannot_write(int error) const;

    std::filesystem::path path_;
    UniqueFd fd_;
    bool is_device_ = false;
    bool has_failed_ = false;
    std::uint64_t size_ = 0;
};

} // namespace vv::net
