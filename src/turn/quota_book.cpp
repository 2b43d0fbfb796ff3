#include "turn/quota_book.h"

#include "base/assert.h"

#include <algorithm>

namespace vv::turn {
namespace {

constexpr unsigned kSiteLength = 48;

// A provider gives each customer a /64 to a /48; who has 65536 of the first must not have as many quotas.
std::optional<IpAddress> site_of(const IpAddress& source) {
    if (source.unmapped().is_v4()) return std::nullopt;
    return address_block(source, kSiteLength);
}

// max: above zero.
Rate making_rate(std::size_t max) {
    const auto units = static_cast<std::int64_t>(max);
    return {units, kRemakeTime, units * kRemakesAtOnce};
}

template <typename Count>
void count_up(Instant now, Count& count, std::size_t max) {
    ++count.live;
    count.made.take(now, making_rate(max));
}

template <typename Table>
void count_up(Instant now, Table& table, const IpAddress& key, std::size_t max) {
    count_up(now, table.open(key), max);
    table.settle(now, key);
}

template <typename Table, typename Key>
auto& taken_of(Table& table, const Key& key) {
    auto& count = table.open(key);
    VV_ASSERT(count.live > 0);
    return count;
}

template <typename Table>
void count_down(Instant now, Table& table, const IpAddress& key) {
    --taken_of(table, key).live;
    table.settle(now, key);
}

bool is_full_later(const Spent& a, const Spent& b) {
    return a.full_at() > b.full_at();
}

} // namespace

std::string quota_owner(std::string_view user, const IpAddress& source) {
    if (user.empty()) return "@" + address_block(source).to_string();
    return "=" + std::string(user);
}

// ---- places

Spent QuotaBook::Holder::take_place(Instant now, std::size_t max) {
    const auto take_first = [this] {
        std::ranges::pop_heap(spent, is_full_later);
        const Spent first = spent.back();
        spent.pop_back();
        return first;
    };
    while (!spent.empty() && spent.front().full_at() <= now)
        (void)take_first();
    if (spent.empty() || live + spent.size() < max) return {};
    return take_first();
}

void QuotaBook::Holder::give_back_place(Instant now, const Spent& used) {
    if (used.full_at() <= now) return;
    last_full = std::max(last_full, used.full_at());
    spent.push_back(used);
    std::ranges::push_heap(spent, is_full_later);
}

// ---- quotas

QuotaBook::QuotaBook(const Quotas& quotas, std::size_t resting_max, std::pmr::memory_resource& memory)
    : quotas_(quotas),
      holders_(resting_max, memory),
      sources_(resting_max, memory),
      sites_(resting_max, memory),
      nameless_sites_(resting_max, memory) {}

// Of what all of them share nobody may have so much that nothing is left; and nobody gets less than for a name.
std::size_t QuotaBook::nameless_share() const {
    return std::max(quotas_.per_user, quotas_.nameless / kNamelessShares);
}

std::optional<QuotaVerdict> QuotaBook::judge(Instant now, const Count* count, std::size_t max, QuotaVerdict full) {
    const Count none{};
    if (count == nullptr) count = &none;
    if (count->live >= max) return full;
    if (count->made.wait_for(now, making_rate(max))) return QuotaVerdict::kTooOften;
    return std::nullopt;
}

std::optional<QuotaVerdict> QuotaBook::judge_user(Instant now, std::string_view user, const IpAddress& source) const {
    if (user.empty()) {
        if (const auto refusal = judge(now, &nameless_, quotas_.nameless, QuotaVerdict::kNamelessFull)) return refusal;
    }
    const auto full = user.empty() ? QuotaVerdict::kSourceFull : QuotaVerdict::kUserFull;
    return judge(now, holders_.find(std::string_view(quota_owner(user, source))), owner_max(user), full);
}

std::optional<QuotaVerdict> QuotaBook::judge_source(Instant now, bool is_nameless, const IpAddress& source) const {
    constexpr auto kFull = QuotaVerdict::kSourceFull;
    if (const auto refusal = judge(now, sources_.find(address_block(source)), quotas_.per_source, kFull)) {
        return refusal;
    }
    const auto site = site_of(source);
    if (!site) return std::nullopt;
    if (const auto refusal = judge(now, sites_.find(*site), site_max(), kFull)) return refusal;
    if (!is_nameless) return std::nullopt;
    return judge(now, nameless_sites_.find(*site), nameless_share(), kFull);
}

void QuotaBook::forget_some(Instant now) {
    holders_.forget_rested(now, kForgottenAtOnce);
    sources_.forget_rested(now, kForgottenAtOnce);
    sites_.forget_rested(now, kForgottenAtOnce);
    nameless_sites_.forget_rested(now, kForgottenAtOnce);
}

std::optional<Instant> QuotaBook::forget_rested(Instant now) {
    forget_some(now);
    const auto any = [this](auto is_so) {
        return is_so(holders_) || is_so(sources_) || is_so(sites_) || is_so(nameless_sites_);
    };
    if (any([now](const auto& table) { return table.has_rested(now); })) return now + kForgettingPause;
    if (any([](const auto& table) { return table.has_resting(); })) return now + kForgettingInterval;
    return std::nullopt;
}

QuotaGrant QuotaBook::take(Instant now, std::string_view user, const IpAddress& source) {
    forget_some(now);
    if (total_ >= quotas_.total) return {QuotaVerdict::kTotalFull};
    if (const auto refusal = judge_user(now, user, source)) return {*refusal};
    if (const auto refusal = judge_source(now, user.empty(), source)) return {*refusal};
    ++total_;
    if (user.empty()) count_up(now, nameless_, quotas_.nameless);
    count_up(now, sources_, address_block(source), quotas_.per_source);
    if (const auto site = site_of(source)) {
        count_up(now, sites_, *site, site_max());
        if (user.empty()) count_up(now, nameless_sites_, *site, nameless_share());
    }
    const std::string key = quota_owner(user, source);
    const std::string_view owner = key;
    Holder& holder = holders_.open(owner);
    const Spent spent = holder.take_place(now, owner_max(user));
    count_up(now, holder, owner_max(user));
    holders_.settle(now, owner);
    return {QuotaVerdict::kTaken, spent};
}

void QuotaBook::give_back(Instant now, std::string_view user, const IpAddress& source, const Spent& spent) {
    const std::string key = quota_owner(user, source);
    const std::string_view owner = key;
    Holder& holder = taken_of(holders_, owner);
    --holder.live;
    holder.give_back_place(now, spent);
    holders_.settle(now, owner);
    count_down(now, sources_, address_block(source));
    if (const auto site = site_of(source)) {
        count_down(now, sites_, *site);
        if (user.empty()) count_down(now, nameless_sites_, *site);
    }
    if (user.empty()) --nameless_.live;
    --total_;
}

} // namespace vv::turn
