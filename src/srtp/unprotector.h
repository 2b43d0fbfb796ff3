// SRTP and SRTCP for what the other end sends (RFC 3711, RFC 7714): what is authentic and has not been here is
// deciphered where it stands. Forged packets change nothing but their own bytes.
#pragma once

#include "base/result.h"
#include "rtp/packet.h"
#include "srtp/cm.h"
#include "srtp/error.h"
#include "srtp/gcm.h"
#include "srtp/profile.h"
#include "srtp/replay_window.h"
#include "srtp/stream_table.h"

#include <cstdint>
#include <span>
#include <variant>

namespace vv::srtp {

class Unprotector {
public:
    Unprotector(Profile profile, const MasterKey& master);

    /// Gives the packet that was protected, in the same memory. After a refusal the bytes are of no use.
    [[nodiscard]] Result<std::span<std::uint8_t>, Error> unprotect_rtp(std::span<std::uint8_t> packet);
    /// The same for a compound packet. One that is only authenticated (E = 0) is taken as well: nobody but the other
    /// end can have made it.
    [[nodiscard]] Result<std::span<std::uint8_t>, Error> unprotect_rtcp(std::span<std::uint8_t> packet);

    [[nodiscard]] Profile profile() const { return profile_; }

private:
    using Cipher = std::variant<GcmOpener, CmCipher>;

    [[nodiscard]] static Cipher make_cipher(Profile profile, const SessionKeys& keys);

    Profile profile_;
    Cipher rtp_;
    Cipher rtcp_;
    StreamTable<ReplayWindow> rtp_streams_;
    StreamTable<ReplayWindow> rtcp_streams_;
};

} // namespace vv::srtp
