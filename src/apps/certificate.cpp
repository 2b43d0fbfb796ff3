#include "apps/certificate.h"

#include "apps/rooms_gate.h"
#include "net/text_file.h"

#include <stdexcept>

namespace vv::apps {
namespace {

// place: "visavis.toml, line 3: tls.cert: "
std::string read_file(const std::filesystem::path& file, const std::string& place) {
    const auto text = net::read_text_file(file);
    if (!text) throw ConfigError(place + text.error());
    if (text->empty()) throw ConfigError(place + file.string() + " is empty");
    return std::string(text->text());
}

} // namespace

net::TlsCredentials read_certificate(const Config& config) {
    const std::string cert = at_place(config, "tls.cert") + "tls.cert: ";
    const std::string key = at_place(config, "tls.key") + "tls.key: ";
    return {.certificate_chain = read_file(config.tls_cert, cert),
            .private_key = read_file(config.tls_key, key),
            .certificate_name = cert + config.tls_cert.string(),
            .key_name = key + config.tls_key.string()};
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
