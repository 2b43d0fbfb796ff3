// Everything: docs/library.md is where to begin.
#pragma once

#include "visavis/address.h"
#include "visavis/certificate.h"
#include "visavis/event.h"
#include "visavis/loop.h"
#include "visavis/peer_connection.h"
#include "visavis/peer_machine.h"
#include "visavis/result.h"
#include "visavis/version.h"
