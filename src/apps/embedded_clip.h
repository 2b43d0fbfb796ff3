// The test clip, a moving clock and a tone, as it was built into this program (media/, tools/make_clip.py).
#pragma once

#include "base/bytes.h"

namespace vv::apps {

/// An IVF file.
[[nodiscard]] ByteView clip_pictures();
/// An Ogg file.
[[nodiscard]] ByteView clip_sound();

} // namespace vv::apps
