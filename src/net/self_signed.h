// A certificate this server makes for itself, so that a phone in the same
// network can join over HTTPS after one warning. Kept in the state directory,
// so that the exception a person made stays good over restarts.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "net/state_dir.h"

#include <span>
#include <string>
#include <vector>

namespace vv::net {

struct CertificatePem {
    std::string certificate;
    std::string key;
    /// SHA-256 of the certificate, "AB:CD:…", as browsers show it.
    std::string fingerprint;
};

/// ECDSA P-256, valid for 397 days from a day ago (clocks differ; browsers refuse longer). Names go into the subject
/// alternative names as DNS names, addresses as IP addresses.
[[nodiscard]] CertificatePem make_self_signed(std::span<const std::string> names, std::span<const IpAddress> addresses,
                                              WallTime now);

/// The one kept in the state directory, or a new one when there is none, it ends within 30 days, it lacks a name or
/// address, or the key beside it is another's. One server at a time (state_lock.h).
[[nodiscard]] CertificatePem keep_self_signed(const StateDir& state, std::span<const std::string> names,
                                              std::span<const IpAddress> addresses, WallTime now);

} // namespace vv::net
