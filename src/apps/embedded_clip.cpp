#include "apps/embedded_clip.h"

extern "C" {
extern const std::uint8_t kClipPictures[];
extern const std::uint8_t kClipPicturesEnd[];
extern const std::uint8_t kClipSound[];
extern const std::uint8_t kClipSoundEnd[];
}

namespace vv::apps {

ByteView clip_pictures() {
    return {kClipPictures, kClipPicturesEnd};
}

ByteView clip_sound() {
    return {kClipSound, kClipSoundEnd};
}

} // namespace vv::apps
