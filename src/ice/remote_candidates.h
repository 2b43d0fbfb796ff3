// What the other end has told of itself before it can be paired: candidates that
// came ahead of its credentials, and names (mDNS) that wait to be resolved.
#pragma once

#include "ice/candidate.h"
#include "ice/credentials.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::ice {

class RemoteCandidates {
public:
    /// False: too many, or of another generation (RFC 8840 §4.1).
    bool add(Candidate candidate);
    /// Whose candidates are wanted; those of others, which came before, go.
    void set_ufrag(std::string ufrag);
    /// Nothing is known of a name but that it cannot be resolved: no address.
    void handle_resolved(std::string_view name, const std::optional<IpAddress>& ip);
    void clear();
    /// Nothing waits for an address or a generation.
    [[nodiscard]] bool is_empty() const { return ready_.empty() && named_.empty(); }

    /// Each name once, when its credentials are known.
    [[nodiscard]] std::optional<std::string> poll_name();
    /// Each candidate whose address and generation are known, once.
    [[nodiscard]] std::optional<Candidate> poll_candidate();

private:
    struct Named {
        Candidate candidate;
        bool told = false;
    };
    [[nodiscard]] static bool is_of(const Named& named, std::string_view name);

    std::optional<std::string> ufrag_;
    std::vector<Candidate> ready_;
    std::vector<Named> named_;
    std::size_t names_ = 0; // in this generation, the resolved ones too
};

} // namespace vv::ice
