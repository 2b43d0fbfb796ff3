#include "safety/cooldowns.h"

#include <algorithm>
#include <array>

namespace vv::safety {

Cooldowns::Cooldowns(const CooldownConfig& config, Rng& rng)
    : config_(config),
      key_(rng.bytes<crypto::kSipHashKeySize>()) {}

Cooldowns::Name Cooldowns::name_of(const DeviceId& device) const {
    return crypto::siphash(key_, device.bytes());
}

Cooldowns::Name Cooldowns::name_of(const AddressPrefix& site) const {
    return crypto::siphash(key_, site.bytes());
}

bool Cooldowns::count(Instant now, ReportId report, const Person& reporter, const DeviceId& meant) {
    forget(now);
    if (config_.length <= Duration::zero() || reporter.device == meant) return false;
    const Name who = name_of(reporter.device);
    const Name site = name_of(reporter.prefix.site());
    const Name whom = name_of(meant);
    Meant& entry = by_device_[whom];
    if (!may_count(now, entry, who, site)) {
        tidy(whom);
        return false;
    }
    entry.counted.push_back({report, now, who, site});
    by_report_[report.value()] = whom;
    ++spent_[who];
    ++spent_[site];
    allowances_.push_back({now + config_.window, {who, site}});
    // Longer than it counts, so that a dismissal can still end the cooldown it was needed for.
    reports_.push_back({now + config_.window + config_.length, report});
    for (; by_report_.size() > config_.reports_max; reports_.pop_front())
        forget_report(reports_.front().what);
    if (entry.until || counting_at(now, entry) < config_.people) return false;
    entry.until = now + config_.length;
    ends_.push_back({*entry.until, whom});
    ++active_;
    return true;
}

bool Cooldowns::may_count(Instant now, const Meant& meant, Name reporter, Name site) const {
    const bool counted_already = std::ranges::any_of(meant.counted, [&](const Counted& counted) {
        return counted.at + config_.window > now && (counted.reporter == reporter || counted.site == site);
    });
    return !counted_already && allowance_left(reporter, config_.counted_per_reporter) > 0 &&
           allowance_left(site, config_.counted_per_reporter * kReportersPerSite) > 0;
}

std::size_t Cooldowns::allowance_left(Name who, std::size_t of) const {
    const auto spent = spent_.find(who);
    return spent == spent_.end() ? of : of - std::min(of, spent->second);
}

std::size_t Cooldowns::counting_at(Instant when, const Meant& meant) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        meant.counted, [&](const Counted& counted) { return counted.at + config_.window > when; }));
}

void Cooldowns::take_back(Instant now, ReportId report) {
    forget(now);
    const auto found = by_report_.find(report.value());
    if (found == by_report_.end()) return;
    const Name whom = found->second;
    forget_report(report);
    const auto entry = by_device_.find(whom);
    if (entry == by_device_.end()) return;
    Meant& meant = entry->second;
    if (!meant.until) return;
    if (counting_at(*meant.until - config_.length, meant) < config_.people) end_cooldown(meant);
    tidy(whom);
}

std::optional<Instant> Cooldowns::until(Instant now, const DeviceId& device) const {
    if (active_ == 0) return std::nullopt;
    const auto found = by_device_.find(name_of(device));
    if (found == by_device_.end()) return std::nullopt;
    const std::optional<Instant> until = found->second.until;
    return until && *until > now ? until : std::nullopt;
}

void Cooldowns::end_cooldown(Meant& meant) {
    meant.until.reset();
    --active_;
}

void Cooldowns::forget(Instant now) {
    const auto is_due = [now](const auto& queue) { return !queue.empty() && queue.front().at <= now; };
    for (; is_due(allowances_); allowances_.pop_front()) {
        give_back(allowances_.front().what.first);
        give_back(allowances_.front().what.second);
    }
    for (; is_due(ends_); ends_.pop_front()) {
        const auto found = by_device_.find(ends_.front().what);
        if (found == by_device_.end()) continue;
        const std::optional<Instant> until = found->second.until;
        if (!until || *until > now) continue;
        end_cooldown(found->second);
        tidy(found->first);
    }
    for (; is_due(reports_); reports_.pop_front())
        forget_report(reports_.front().what);
}

std::optional<Instant> Cooldowns::poll_timeout() const {
    std::optional<Instant> earliest;
    const auto consider = [&](const auto& queue) {
        if (!queue.empty()) earliest = std::min(earliest.value_or(queue.front().at), queue.front().at);
    };
    consider(allowances_);
    consider(reports_);
    consider(ends_);
    return earliest;
}

void Cooldowns::forget_report(ReportId report) {
    const auto found = by_report_.find(report.value());
    if (found == by_report_.end()) return; // taken back before
    const Name whom = found->second;
    by_report_.erase(found);
    std::erase_if(by_device_[whom].counted, [&](const Counted& counted) { return counted.report == report; });
    tidy(whom);
}

void Cooldowns::give_back(Name who) {
    const auto spent = spent_.find(who);
    if (--spent->second == 0) spent_.erase(spent);
}

void Cooldowns::tidy(Name meant) {
    const auto found = by_device_.find(meant);
    if (found != by_device_.end() && found->second.counted.empty() && !found->second.until) by_device_.erase(found);
}

} // namespace vv::safety
