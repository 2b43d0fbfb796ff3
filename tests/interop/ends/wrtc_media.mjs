// What libwebrtc in Node sends and shows, without devices: the tone and the clock of rtc_end.mjs, by the sources and sinks that npm
// @roamhq/wrtc has beside the standard.
import wrtc from '@roamhq/wrtc';
import { makeSigns } from './signs.mjs';

const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard;
const kSampleRate = 48_000;
const kSamples = kSampleRate / 100; // it takes 10 ms at once
const kTone = 440;
const kLoud = 8_000;
const kLoudest = 32_768;
const kWidth = 320;
const kHeight = 240;
const kPictures = 15; // a second
const kWhite = 235;
const kBlack = 16;
const signs = makeSigns();
const kCells = signs.cells; // in a row, and rows

export function makeTracks(kinds) {
  return kinds.map((kind) => (kind === 'audio' ? makeTone() : makeClock()));
}

/** Calls `make(number)` so many times a second in the mean, however late a timer is. */
function beat(perSecond, make) {
  const since = performance.now();
  let made = 0;
  setInterval(() => {
    for (const due = ((performance.now() - since) * perSecond) / 1_000; made < due; ++made) make(made);
  }, 5);
}

function makeTone() {
  const source = new RTCAudioSource();
  beat(kSampleRate / kSamples, (number) => {
    const samples = Int16Array.from({ length: kSamples }, (_, at) => kLoud * Math.sin((2 * Math.PI * kTone * (number * kSamples + at)) / kSampleRate));
    source.onData({ samples, sampleRate: kSampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: kSamples });
  });
  return source.createTrack();
}

function makeClock() {
  const source = new RTCVideoSource();
  const data = new Uint8ClampedArray((kWidth * kHeight * 3) / 2).fill(128); // no colour
  beat(kPictures, (number) => {
    const tenths = Math.floor((number * 10) / kPictures);
    for (let y = 0; y < kHeight; ++y) {
      for (let cell = 0; cell < kCells; ++cell) {
        const bit = Math.floor(y / (kHeight / kCells)) * kCells + cell;
        const from = y * kWidth + cell * (kWidth / kCells);
        data.fill((tenths >> bit) & 1 ? kWhite : kBlack, from, from + kWidth / kCells);
      }
    }
    source.onFrame({ width: kWidth, height: kHeight, data });
  });
  return source.createTrack();
}

const sinks = []; // kept, or they are collected

/** Notes what comes: each picture's clock, and how much of each tenth of a second is the tone. @param took as rtc_end.mjs has it */
export function watch(track, took) {
  if (track.kind === 'video') {
    const sink = new RTCVideoSink(track);
    sink.onframe = ({ frame: { width, height, data } }) => took('pictures', signs.readClock(width, height, (x, y) => data[y * width + x]));
    sinks.push(sink);
    return;
  }
  const sink = new RTCAudioSink(track);
  let block = [];
  sink.ondata = ({ samples, sampleRate, channelCount }) => {
    for (let at = 0; at < samples.length; at += channelCount) block.push(samples[at]);
    if (block.length < sampleRate / 10) return;
    took('sound', signs.toneShare(block, sampleRate, kLoudest));
    block = [];
  };
  sinks.push(sink);
}
