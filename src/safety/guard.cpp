#include "safety/guard.h"

#include <utility>

namespace vv::safety {

void Guard::handle_record(Instant now, Record record) {
    keys_ = std::move(record.keys);
    bans_.replace(record.bans);
    for (const ReportId report : record.dismissed)
        cooldowns_.take_back(now, report);
}

Standing Guard::standing(Instant now, const DeviceId& device) const {
    if (const auto until = bans_.banned_until(now, keys_, device)) return {Standing::Kind::kBanned, *until};
    if (const auto until = cooldowns_.until(now, device)) return {Standing::Kind::kCooldown, *until};
    return {};
}

bool Guard::is_slowed(Instant now, const AddressPrefix& prefix) const {
    return bans_.is_slowed(now, keys_, prefix);
}

std::optional<Marks> Guard::marks(const Person& person) const {
    const MarkKey* const key = keys_.current();
    if (key == nullptr) return std::nullopt;
    return Marks{key->number, key->mark(person.device), key->mark(person.prefix)};
}

} // namespace vv::safety
