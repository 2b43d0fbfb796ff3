// The operator's own certificate, from its files.
#pragma once

#include "apps/config.h"
#include "net/tls_context.h"

namespace vv::apps {

/// Throws ConfigError if a file cannot be read.
[[nodiscard]] net::TlsCredentials read_certificate(const Config& config);

/// Throws ConfigError if the files are to be used and cannot be, or do not belong together.
void check_certificate(const Config& config);

/// What the start would refuse of the files a configuration names, found without starting anything: rules,
/// certificate, key. Throws ConfigError.
void check_files(const Config& config);

} // namespace vv::apps
