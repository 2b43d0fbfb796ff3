#!/usr/bin/env python3
"""Makes media/clip.ivf and media/clip.ogg: what our peer shows and sounds when nobody gives it anything else.

A picture of sixteen cells, black or white, that count tenths of a second, and a tone of 440 Hz; ten seconds, without a seam
when they are played again. Needs vpxenc (vpx-tools) and opusenc (opus-tools). The files are in the repository, since other
versions of these make other bytes.
"""
import array
import math
import pathlib
import subprocess
import sys

SECONDS = 10
PICTURES = 15  # a second
WIDTH, HEIGHT = 320, 240
CELLS = 4  # in a row, and rows
BLACK, WHITE = 16, 235  # of luma
SAMPLE_RATE = 48_000
TONE = 440
LOUDNESS = 8_000
OUT = pathlib.Path(__file__).resolve().parent.parent / "media"


def luma(tenths):
    rows = []
    for row in range(CELLS):
        line = b""
        for column in range(CELLS):
            is_white = tenths >> (row * CELLS + column) & 1
            line += bytes([WHITE if is_white else BLACK]) * (WIDTH // CELLS)
        rows.append(line * (HEIGHT // CELLS))
    return b"".join(rows)


def pictures():
    yield f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{PICTURES}:1 Ip A1:1 C420jpeg\n".encode()
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    for number in range(SECONDS * PICTURES):
        yield b"FRAME\n" + luma(number * 10 // PICTURES) + grey


def samples():
    wave = (int(LOUDNESS * math.sin(2 * math.pi * TONE * at / SAMPLE_RATE)) for at in range(SECONDS * SAMPLE_RATE))
    return array.array("h", wave).tobytes()


def run(command, given):
    subprocess.run(command, input=given, check=True)


def main():
    if sys.byteorder != "little":
        sys.exit("make_clip: samples are written as this machine has them, and have to be little-endian")
    OUT.mkdir(exist_ok=True)
    # A picture that needs no other twice a second: who comes later, or has lost one, waits no longer.
    run(["vpxenc", "--codec=vp8", "--ivf", "--quiet", "--end-usage=vbr", "--target-bitrate=120", "--lag-in-frames=0",
         f"--kf-min-dist={PICTURES // 2}", f"--kf-max-dist={PICTURES // 2}", "--error-resilient=1", "-o", str(OUT / "clip.ivf"), "-"],
        b"".join(pictures()))
    run(["opusenc", "--raw", "--raw-chan", "1", "--raw-rate", str(SAMPLE_RATE), "--bitrate", "24", "--framesize", "20", "--quiet",
         "--discard-comments", "--serial", "1", "-", str(OUT / "clip.ogg")], samples())
    for name in ("clip.ivf", "clip.ogg"):
        print(f"{name}: {(OUT / name).stat().st_size} bytes")


main()
