// What libwebrtc in Node sends and shows, without devices: the tone and the clock of rtc_end.mjs, by the sources and sinks that npm
// @roamhq/wrtc has beside the standard.
import wrtc from '@roamhq/wrtc';

const { RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard;
const kSampleRate = 48_000;
const kSamples = kSampleRate / 100; // it takes 10 ms at once
const kTone = 440;
const kLoud = 8_000;
const kWidth = 320;
const kHeight = 240;
const kPictures = 15; // a second
const kCells = 4; // in a row, and rows
const kWhite = 235;
const kBlack = 16;

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

let sink = null;
let shown = null;

/** Of the picture that has come last; of sound libwebrtc's own statistics tell enough. */
export function watch(track) {
  if (track.kind !== 'video') return;
  sink = new RTCVideoSink(track); // kept, or it is collected
  sink.onframe = ({ frame }) => (shown = frame);
}

/** The tenths of a second that it shows; null: there is none. */
export function readClock() {
  if (!shown) return null;
  const { width, height, data } = shown;
  let tenths = 0;
  for (let bit = 0; bit < kCells * kCells; ++bit) {
    const x = Math.floor(((bit % kCells) + 0.5) * (width / kCells));
    const y = Math.floor((Math.floor(bit / kCells) + 0.5) * (height / kCells));
    if (data[y * width + x] > 127) tenths |= 1 << bit;
  }
  return tenths;
}
