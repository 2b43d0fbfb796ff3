#include "apps/call_summary.h"

#include <utility>

namespace vv::apps {

std::string_view name_of(caller::Standing standing) {
    switch (standing) {
    case caller::Standing::kLive:
        return "live";
    case caller::Standing::kHalf:
        return "half";
    case caller::Standing::kAway:
        return "away";
    case caller::Standing::kGone:
        return "gone";
    }
    std::unreachable();
}

std::string_view srtp_name(const std::optional<srtp::Profile>& profile) {
    if (!profile) return {};
    switch (*profile) {
    case srtp::Profile::kAes128CmSha1:
        return "AES128_CM_HMAC_SHA1_80";
    case srtp::Profile::kAes128Gcm:
        return "AEAD_AES_128_GCM";
    case srtp::Profile::kAes256Gcm:
        return "AEAD_AES_256_GCM";
    }
    std::unreachable();
}

std::optional<double> share_lost(const peer::ReceiveStats& received) {
    const double lost = received.lost > 0 ? static_cast<double>(received.lost) : 0; // some may have come twice
    const double all = static_cast<double>(received.packets) + lost;
    return all > 0 ? std::optional(lost / all) : std::nullopt;
}

} // namespace vv::apps
