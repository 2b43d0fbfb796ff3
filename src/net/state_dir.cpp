#include "net/state_dir.h"

#include "net/place_error.h"
#include "net/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>

namespace vv::net {
namespace {

constexpr const char* kKeyFile = "key";
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr std::size_t kFileSizeMax = 65536;

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path) {
    throw std::runtime_error(what + " " + path.string() + ": " + std::generic_category().message(errno));
}

void write_all(int fd, ByteView content, const std::filesystem::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("cannot write", path);
        content = content.subspan(static_cast<std::size_t>(written));
    }
}

std::string read_all(int fd, const std::filesystem::path& path) {
    std::string content;
    std::array<char, 4096> block{};
    while (content.size() <= kFileSizeMax) {
        const ssize_t size = ::read(fd, block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) fail("cannot read", path);
        if (size == 0) return content;
        content.append(block.data(), static_cast<std::size_t>(size));
    }
    throw std::runtime_error(path.string() + " is larger than anything this server writes; move it away");
}

void sync_directory(const std::filesystem::path& path) {
    const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.value()) != 0) fail("cannot write to", path);
}

} // namespace

StateDir::StateDir(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    const auto parent = std::filesystem::absolute(path_).parent_path();
    std::filesystem::create_directories(parent, error);
    if (error) throw std::runtime_error("cannot create the state directory " + path_.string() + ": " + error.message());
    if (::mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) fail("cannot create the state directory", path_);
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) fail("cannot look at the state directory", path_);
    if (!S_ISDIR(status.st_mode)) {
        throw PlaceError(Place::kStateDirectory, "the state directory " + path_.string() + " is not a directory");
    }
}

std::optional<std::string> StateDir::read_private(const std::string& name) const {
    const auto file = path_ / name;
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.is_open()) {
        if (errno == ENOENT) return std::nullopt;
        fail("cannot read", file);
    }
    struct stat status{};
    if (::fstat(fd.value(), &status) != 0) fail("cannot look at", file);
    if ((status.st_mode & kOthers) != 0) {
        throw std::runtime_error("others on this machine may read " + file.string() + "; run: chmod 600 " +
                                 file.string());
    }
    return read_all(fd.value(), file);
}

void StateDir::write_private(const std::string& name, ByteView content) const {
    const auto file = path_ / name;
    const auto draft = path_ / (name + ".new");
    UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd.is_open()) fail("cannot write", draft);
    if (::fchmod(fd.value(), S_IRUSR | S_IWUSR) != 0) fail("cannot write", draft);
    write_all(fd.value(), content, draft);
    if (::fsync(fd.value()) != 0) fail("cannot write", draft);
    fd.reset();
    if (std::rename(draft.c_str(), file.c_str()) != 0) fail("cannot write", file);
    sync_directory(path_);
}

ServerKey StateDir::server_key(Rng& rng) const {
    ServerKey key{};
    if (const auto content = read_private(kKeyFile)) {
        if (content->size() != key.size()) {
            throw std::runtime_error(
                "the key file " + (path_ / kKeyFile).string() +
                " is damaged; restore it, or delete it to make a new one (waiting sessions start anew)");
        }
        std::ranges::transform(*content, key.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
        return key;
    }
    rng.fill(key);
    write_private(kKeyFile, key);
    return key;
}

} // namespace vv::net
