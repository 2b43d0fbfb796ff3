// What SRTP gets from DTLS (RFC 5764): the profile both ends agreed on, and for
// each end the key and the salt it sends with.
#pragma once

#include "base/bytes.h"
#include "srtp/profile.h"

namespace vv::dtls {

/// What a session offers and takes, the first it likes best: GCM is one pass where the other is two, and three
/// times as fast.
inline constexpr const char* kSrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";

struct SrtpKeys {
    srtp::Profile profile = srtp::Profile::kAes128Gcm;
    srtp::MasterKey local;  ///< for what we send
    srtp::MasterKey remote; ///< for what the partner sends
};

/// exported: srtp::exported_size bytes. is_client: whether we are the client of DTLS, the active end.
[[nodiscard]] SrtpKeys srtp_keys_from(srtp::Profile profile, bool is_client, ByteView exported);

} // namespace vv::dtls
