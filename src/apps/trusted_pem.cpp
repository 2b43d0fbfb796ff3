#include "apps/trusted_pem.h"

#include "apps/config_load.h"
#include "net/text_file.h"
#include "net/tls_client.h"

#include <cstddef>

namespace vv::apps {
namespace {

constexpr std::size_t kPemMax = std::size_t{1} * 1024 * 1024;

} // namespace

std::string read_trusted_pem(const std::optional<std::filesystem::path>& file) {
    if (!file) return {};
    const auto read = net::read_text_file(*file, kPemMax);
    if (!read) throw ConfigError("--trust: " + read.error());
    std::string pem(read->text());
    if (net::make_client_context(pem) == nullptr) {
        throw ConfigError("--trust: " + file->string() + " holds no certificate in PEM");
    }
    return pem;
}

} // namespace vv::apps
