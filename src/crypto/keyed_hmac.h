// HMAC-SHA1 (RFC 2104) of many messages under one key, without taking memory for any of them: what SRTP puts under
// each packet. For single messages there is hmac.h.
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"

#include <openssl/sha.h>

#include <memory>

namespace vv::crypto {

class HmacSha1 {
public:
    /// Any key length is allowed, the empty one included.
    explicit HmacSha1(ByteView key);
    [[nodiscard]] Sha1Digest digest(ByteParts message_parts) const;

private:
    // What is left of the key once its two blocks are digested. As good as the key, and so wiped.
    struct States {
        SHA_CTX inner;
        SHA_CTX outer;
    };
    struct Wipe {
        void operator()(States* states) const;
    };
    std::unique_ptr<States, Wipe> states_;
};

} // namespace vv::crypto
