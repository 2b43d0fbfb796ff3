#include "net/text_file.h"

#include "crypto/secret.h"
#include "net/unique_fd.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace vv::net {

namespace {

// Wiped on every way out.
struct Piece {
    Piece() = default;
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    ~Piece() { crypto::secure_wipe(bytes); }

    std::array<std::uint8_t, 4096> bytes{};
};

} // namespace

Result<crypto::SecretBytes, std::string> read_text_file(const std::filesystem::path& file, std::size_t bytes_max) {
    const auto failure = [&](int error) {
        return Failure("cannot read " + file.string() + ": " + std::generic_category().message(error));
    };
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return failure(errno);
    crypto::SecretBytes text;
    Piece piece;
    while (true) {
        const ssize_t size = ::read(fd.value(), piece.bytes.data(), piece.bytes.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failure(errno);
        if (size == 0) return text;
        const ByteView more(piece.bytes.data(), static_cast<std::size_t>(size));
        if (more.size() > bytes_max - text.view().size()) {
            return Failure(file.string() + " is larger than " + std::to_string(bytes_max) + " bytes");
        }
        text.append(more);
    }
}

} // namespace vv::net
