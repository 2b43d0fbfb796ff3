// The clip that is sent where nothing else is named (media/), as bytes of this program; names by src/apps/CMakeLists.txt.
    .section .rodata
    .balign 16
    .global vv_clip_pictures
    .global vv_clip_pictures_end
vv_clip_pictures:
    .incbin VV_CLIP_PICTURES
vv_clip_pictures_end:
    .global vv_clip_sound
    .global vv_clip_sound_end
vv_clip_sound:
    .incbin VV_CLIP_SOUND
vv_clip_sound_end:
    .section .note.GNU-stack,"",@progbits
