// A visitor made of lambdas, one for each alternative, for std::visit.
#pragma once

namespace vv {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

} // namespace vv
