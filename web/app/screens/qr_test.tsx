import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { encode } from 'uqr';
import { squares } from './qr.tsx';

const kPixels = 4;

/** The path's rectangles as a camera would see them: black on white, four bytes a pixel. */
function draw(path: string, size: number): Uint8ClampedArray {
  const width = size * kPixels;
  const image = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+Z/g)) {
    for (let row = Number(y) * kPixels; row < (Number(y) + 1) * kPixels; row++) {
      for (let at = Number(x) * kPixels; at < (Number(x) + Number(run)) * kPixels; at++) image.fill(0, (row * width + at) * 4, (row * width + at) * 4 + 3);
    }
  }
  return image;
}

test('a private link drawn as a code is read as the same link by another reader', () => {
  const link = 'https://visavis.example.org:8443/p#1.AAECAwQFBgcICQoLDA0ODw';
  const { size, data } = encode(link, { ecc: 'M', border: 4 });
  const read = jsQR(draw(squares(data), size), size * kPixels, size * kPixels);
  assert.equal(read?.data, link);
});
