// The clip that is sent where nothing else is named (media/), as bytes of this program; names by src/apps/CMakeLists.txt.
    .section .rodata
    .balign 16
    .global kClipPictures
    .global kClipPicturesEnd
kClipPictures:
    .incbin VV_CLIP_PICTURES
kClipPicturesEnd:
    .global kClipSound
    .global kClipSoundEnd
kClipSound:
    .incbin VV_CLIP_SOUND
kClipSoundEnd:
    .section .note.GNU-stack,"",@progbits
