// The way from what a user of the library holds to what it stands on, for the files of this folder.
#pragma once

#include "dtls/certificate.h"
#include "net/event_loop.h"
#include "visavis/certificate.h"
#include "visavis/loop.h"

namespace visavis::detail {

struct LoopAccess {
    [[nodiscard]] static vv::net::EventLoop& of(Loop& loop);
};
struct CertificateAccess {
    [[nodiscard]] static const vv::dtls::Certificate& of(const Certificate& certificate);
};

} // namespace visavis::detail
