#include "ice/remote_candidates.h"

#include "base/ascii.h"
#include "ice/limits.h"

#include <algorithm>
#include <utility>

namespace vv::ice {

bool RemoteCandidates::add(Candidate candidate) {
    if (ufrag_ && !candidate.ufrag.empty() && candidate.ufrag != *ufrag_) return false;
    if (candidate.name.empty()) {
        if (ready_.size() == kRemoteCandidatesMax) return false;
        ready_.push_back(std::move(candidate));
        return true;
    }
    if (names_ == kRemoteNamesMax) return false;
    ++names_;
    const bool told =
        std::ranges::any_of(named_, [&](const Named& named) { return named.told && is_of(named, candidate.name); });
    named_.push_back({std::move(candidate), told});
    return true;
}

void RemoteCandidates::set_ufrag(std::string ufrag) {
    const auto is_strange = [&](const Candidate& candidate) {
        return !candidate.ufrag.empty() && candidate.ufrag != ufrag;
    };
    std::erase_if(ready_, is_strange);
    std::erase_if(named_, [&](const Named& named) { return is_strange(named.candidate); });
    names_ = named_.size(); // none of them was told before
    ufrag_ = std::move(ufrag);
}

bool RemoteCandidates::is_of(const Named& named, std::string_view name) {
    return equal_ignoring_case(named.candidate.name, name);
}

void RemoteCandidates::handle_resolved(std::string_view name, const std::optional<IpAddress>& ip) {
    for (Named& named : named_) {
        if (!is_of(named, name)) continue;
        named.candidate.name.clear();
        if (ip) named.candidate.address.ip = ip->unmapped();
        if (ip && is_usable(named.candidate.address) && ready_.size() < kRemoteCandidatesMax) {
            ready_.push_back(named.candidate);
        }
    }
    std::erase_if(named_, [](const Named& named) { return named.candidate.name.empty(); });
}

void RemoteCandidates::clear() {
    *this = RemoteCandidates();
}

std::optional<std::string> RemoteCandidates::poll_name() {
    const auto untold = std::ranges::find(named_, false, &Named::told);
    if (!ufrag_ || untold == named_.end()) return std::nullopt;
    for (Named& named : named_) { // several candidates may have one name
        if (is_of(named, untold->candidate.name)) named.told = true;
    }
    return untold->candidate.name;
}

std::optional<Candidate> RemoteCandidates::poll_candidate() {
    if (!ufrag_ || ready_.empty()) return std::nullopt;
    Candidate candidate = std::move(ready_.front());
    ready_.erase(ready_.begin());
    return candidate;
}

} // namespace vv::ice
