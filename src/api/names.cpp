// What values of the interface are called, and what addresses look like.
#include "api/convert.h"
#include "visavis/address.h"
#include "visavis/event.h"
#include "visavis/result.h"

namespace visavis {

std::string_view name_of(ErrorCode code) {
    switch (code) {
    case ErrorCode::kRefused:
        return "refused";
    case ErrorCode::kEnded:
        return "ended";
    case ErrorCode::kNotConnected:
        return "not connected";
    case ErrorCode::kNotAgreed:
        return "not agreed on";
    case ErrorCode::kBadArgument:
        return "bad argument";
    case ErrorCode::kTooLarge:
        return "too large";
    case ErrorCode::kFull:
        break;
    }
    return "full";
}

std::string_view name_of(State state) {
    return vv::peer::name_of(vv::api::inner(state));
}

std::string_view name_of(Fault fault) {
    return vv::peer::name_of(vv::api::inner(fault));
}

bool can_restart(Fault fault) {
    return vv::peer::Fault{vv::api::inner(fault)}.can_restart();
}

std::string_view name_of(CandidateType type) {
    return vv::ice::name_of(vv::api::inner(type));
}

std::optional<Address> Address::parse(std::string_view text) {
    const auto parsed = vv::SocketAddress::parse(text);
    return parsed ? std::optional(vv::api::outer(*parsed)) : std::nullopt;
}

std::string Address::to_string() const {
    return vv::api::inner(*this).to_string();
}

} // namespace visavis
