#include "apps/embedded_clip.h"

extern "C" {
extern const std::uint8_t vv_clip_pictures[];
extern const std::uint8_t vv_clip_pictures_end[];
extern const std::uint8_t vv_clip_sound[];
extern const std::uint8_t vv_clip_sound_end[];
}

namespace vv::apps {

ByteView clip_pictures() {
    return {vv_clip_pictures, vv_clip_pictures_end};
}

ByteView clip_sound() {
    return {vv_clip_sound, vv_clip_sound_end};
}

} // namespace vv::apps
