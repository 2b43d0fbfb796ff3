#include "visavis/version.h"

namespace visavis {

std::string_view version() {
    return VV_VERSION;
}

} // namespace visavis
