// Ends of a call as they want to be described.
#pragma once

#include "sdp/negotiation.h"

#include <string>

namespace vv::sdp::test {

inline LocalEnd local_end(std::string_view name = "one") {
    LocalEnd end;
    end.origin.session_id = name == "one" ? "1001" : "1002";
    end.transport.ufrag = std::string("ufrag").append(name);
    end.transport.pwd = std::string("password0123456789012").append(name);
    end.transport.ice_options = {"trickle"};
    end.transport.fingerprints = {crypto::fingerprint_of(
        crypto::FingerprintHash::kSha256, {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()})};
    return end;
}

inline Track track(std::uint32_t ssrc) {
    return {{"stream", "track" + std::to_string(ssrc)}, "cname", ssrc, ssrc + 1};
}

/// With everything.
inline LocalEnd whole_end(std::string_view name = "one") {
    LocalEnd end = local_end(name);
    end.audio = MediaWish{.receive = true, .send = track(10)};
    end.video = MediaWish{.receive = true, .send = track(20)};
    end.data = true;
    return end;
}

} // namespace vv::sdp::test
