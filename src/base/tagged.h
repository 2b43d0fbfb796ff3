// Roles are types: a value with a role that no other role can stand in for.
//   using RelayPort = Tagged<std::uint16_t, struct RelayPortTag>;
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace vv {

template <typename T, typename Tag>
class Tagged {
public:
    Tagged() = default;
    explicit Tagged(T value) : value_(std::move(value)) {}

    [[nodiscard]] const T& value() const { return value_; }

    friend bool operator==(const Tagged&, const Tagged&) = default;
    friend auto operator<=>(const Tagged&, const Tagged&) = default;

private:
    T value_{};
};

} // namespace vv

template <typename T, typename Tag>
struct std::hash<vv::Tagged<T, Tag>> {
    std::size_t operator()(const vv::Tagged<T, Tag>& tagged) const noexcept { return std::hash<T>{}(tagged.value()); }
};
