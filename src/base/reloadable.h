// What of a configuration may change while it is in use is said once, beside it, by
//
//   template <typename To, typename Visit>
//   void each_reloadable(To& to, const Configuration& from, Visit visit);
//
// which gives visit each of these members of the two and nothing else. Taking such a
// change and telling whether there is one both follow from that, so they cannot differ.
#pragma once

namespace vv {

/// All that may change becomes what it is in from; the rest of to stays.
template <typename Configuration>
void take_reloadable(Configuration& to, const Configuration& from) {
    each_reloadable(to, from, [](auto& mine, const auto& theirs) { mine = theirs; });
}

/// Whether take_reloadable would change nothing.
template <typename Configuration>
[[nodiscard]] bool is_same_reloadable(const Configuration& one, const Configuration& other) {
    bool is_same = true;
    each_reloadable(one, other, [&](const auto& mine, const auto& theirs) { is_same = is_same && mine == theirs; });
    return is_same;
}

} // namespace vv
