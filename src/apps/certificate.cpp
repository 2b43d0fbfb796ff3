#include "apps/certificate.h"

#include "apps/rooms_gate.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace vv::apps {
namespace {

std::string read_file(const std::filesystem::path& file, const std::string& key) {
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream || text.empty()) throw ConfigError(key + ": cannot read " + file.string());
    return text;
}

} // namespace

net::TlsCredentials read_certificate(const Config& config) {
    return {read_file(config.tls_cert, "tls.cert"), read_file(config.tls_key, "tls.key")};
}

void check_files(const Config& config) {
    (void)with_rules_read(config);
    check_certificate(config);
}

void check_certificate(const Config& config) {
    if (config.tls_mode != TlsMode::kFiles) return;
    try {
        (void)net::make_server_context(read_certificate(config));
    } catch (const ConfigError&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw ConfigError(error.what());
    }
}

} // namespace vv::apps
