// What a recording of our peer shows and sounds, told by other decoders than those of who sent it: libvpx and libopus.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSigns } from './signs.mjs';

const kSampleRate = 48_000;
const kBlock = kSampleRate / 10;
const kDecoded = 256 * 1024 * 1024; // bytes at most
const kLoudest = 32_768;
const signs = makeSigns();

/** What each picture's clock says, in tenths of a second. */
export function readPictures(file) {
  const head = readFileSync(file).subarray(0, 32);
  const [width, height] = [head.readUInt16LE(12), head.readUInt16LE(14)];
  const pixels = execFileSync('vpxdec', ['--i420', '-o', '-', file], { maxBuffer: kDecoded, stdio: ['ignore', 'pipe', 'ignore'] });
  const size = (width * height * 3) / 2;
  assert.ok(size > 0, `${file} has no size`);
  const clocks = [];
  for (let at = 0; at + size <= pixels.length; at += size) {
    clocks.push(signs.readClock(width, height, (x, y) => pixels[at + y * width + x]));
  }
  return clocks;
}

/** How much of the energy of each tenth of a second is the tone: 1 is all. Silence is left out. */
export function readTone(file) {
  const samples = decodeSound(file);
  const shares = [];
  for (let begin = 0; begin + kBlock <= samples.length; begin += kBlock) {
    const share = signs.toneShare(samples.slice(begin, begin + kBlock), kSampleRate, kLoudest);
    if (share !== null) shares.push(share);
  }
  return shares;
}

function decodeSound(file) {
  const folder = mkdtempSync(path.join(tmpdir(), 'visavis-sound-'));
  try {
    const raw = path.join(folder, 'raw');
    execFileSync('opusdec', ['--quiet', '--rate', String(kSampleRate), '--force-stereo', file, raw + '.wav']);
    const wav = readFileSync(raw + '.wav');
    const data = wav.indexOf('data') + 8;
    const samples = [];
    for (let at = data; at + 4 <= wav.length; at += 4) samples.push(wav.readInt16LE(at));
    return samples;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
