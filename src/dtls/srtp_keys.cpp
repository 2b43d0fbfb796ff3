#include "dtls/srtp_keys.h"

#include <utility>

namespace vv::dtls {

SrtpKeys srtp_keys_from(srtp::Profile profile, bool is_client, ByteView exported) {
    srtp::MasterKeys keys = srtp::split_exported(profile, exported);
    if (is_client) return {profile, std::move(keys.client), std::move(keys.server)};
    return {profile, std::move(keys.server), std::move(keys.client)};
}

} // namespace vv::dtls
