#include "apps/text_file.h"

#include "crypto/secret.h"
#include "net/unique_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace vv::apps {

Result<crypto::SecretBytes, std::string> read_text_file(const std::filesystem::path& file, std::size_t bytes_max) {
    const auto failure = [&] {
        return Failure("cannot read " + file.string() + ": " + std::generic_category().message(errno));
    };
    const net::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return failure();
    crypto::SecretBytes text;
    std::array<std::uint8_t, 4096> piece{};
    while (text.view().size() < bytes_max) {
        const ssize_t size = ::read(fd.value(), piece.data(), std::min(piece.size(), bytes_max - text.view().size()));
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failure();
        if (size == 0) break;
        text.append({piece.data(), static_cast<std::size_t>(size)});
    }
    crypto::secure_wipe(piece);
    return text;
}

} // namespace vv::apps
