// What a call says of itself while it goes on, each sentence made to be said soon: for whoever looks at how it is said. Whether it is said where it
// should be is tested elsewhere (cases/ladder.mjs, tests/netns/cases/thin.mjs).
import assert from 'node:assert/strict';
import { putForward } from './lost.mjs';
import { until } from './poll.mjs';
import { partnerIs } from './seen.mjs';

const kSoon = { limit: 40_000 };
/** s; an echo is listened for from time to time, and one such time may be under way. */
const kUntilEchoAgain = 120;

/** Runs in the page: from now on it hears, counts and is told what `vvBent` says. */
function bendSenses() {
  window.vvBent = { sound: null, isCameraFrozen: false, encodeSeconds: null, available: null };
  const { createMediaStreamSource } = AudioContext.prototype;
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    this.vvIsPartner = stream.getTracks().some((track) => vvProbe.tracks.includes(track));
    return createMediaStreamSource.call(this, stream);
  };
  // Words of 0.5 s and pauses of that length, in an order that does not repeat itself; the partner's come later.
  const isSaid = (ms) => {
    let word = Math.floor(ms / 500);
    for (const factor of [0x85ebca6b, 0xc2b2ae35]) word = Math.imul(word ^ (word >>> 15), factor);
    return (word ^ (word >>> 16)) & 1;
  };
  const isLoud = { echo: (isPartner) => isSaid(Date.now() - (isPartner ? 300 : 0)), loud: (isPartner) => !isPartner };
  const { getFloatTimeDomainData } = AnalyserNode.prototype;
  AnalyserNode.prototype.getFloatTimeDomainData = function (samples) {
    getFloatTimeDomainData.call(this, samples);
    const { sound } = window.vvBent;
    if (sound) samples.fill(isLoud[sound](this.context.vvIsPartner === true) ? 0.5 : 0.001);
  };
  let cameraFrames = null;
  const told = (entry) => {
    const { isCameraFrozen, encodeSeconds, available } = window.vvBent;
    const isPicture = entry.kind === 'video';
    if (entry.type === 'media-source' && isPicture && isCameraFrozen) return { ...entry, frames: (cameraFrames ??= entry.frames ?? 0) };
    if (entry.type === 'outbound-rtp' && isPicture && encodeSeconds !== null) return { ...entry, totalEncodeTime: encodeSeconds * entry.framesEncoded };
    if (entry.type === 'candidate-pair' && available !== null) return { ...entry, availableOutgoingBitrate: available };
    return entry;
  };
  const { getStats } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getStats = async function (...args) {
    const report = await getStats.apply(this, args);
    return new Map([...report].map(([id, entry]) => [id, told(entry)]));
  };
}

const bend = (person, changes) => person.page.evaluate((wanted) => void Object.assign(window.vvBent, wanted), changes);

const hintAt = (person) => person.page.evaluate(() => document.querySelector('[data-testid="hint"]')?.dataset.hint ?? null);

/** The clock of this person's page stands still until the function it gives is called: what is said for a while only stays. */
async function holdClock({ page }) {
  await page.evaluate(() => {
    const { now } = performance;
    const at = performance.now();
    performance.now = () => at;
    window.vvLetClockGo = () => void (performance.now = now);
  });
  return () => page.evaluate(() => window.vvLetClockGo());
}

/** `look(name)` at the sentence `call.hint.NAME`, which is closed after that. */
async function lookAtHint(person, name, look) {
  await until(`${person.name} is told: ${name}`, async () => {
    const shown = await hintAt(person);
    if (shown === name) return true;
    throw new Error(`${shown}`);
  }, kSoon);
  const letGo = await holdClock(person);
  await look(name);
  assert.equal(await hintAt(person), name, `${person.name} was told so all the while`);
  await person.press('hint-close');
  await letGo();
}

const says = (person, message) => person.page.evaluate((text) => void vvProbe.control.send(text), JSON.stringify(message));

/**
 * Two are in a call with pictures, and nothing is said yet of what is wrong. The first stays slow at encoding, as far as its page knows.
 * `look(name)` is called while the first is told a hint of that name, or of the partner's picture: `partner-still`, `partner-still-muted`.
 */
export async function eachHint(first, second, look) {
  await first.page.evaluate(bendSenses);
  // An echo takes a quarter of a minute to be found, a frozen camera some 10 s.
  await bend(first, { sound: 'echo', isCameraFrozen: true });
  await putForward(first, kUntilEchoAgain);
  await says(second, { kind: 'still', on: true });
  await partnerIs(first, 'still');
  await look('partner-still');
  await second.showControls();
  await second.press('mute');
  await partnerIs(first, 'still.sound');
  await look('partner-still-muted');
  await second.showControls();
  await second.press('mute');
  await says(second, { kind: 'still', on: false });
  await partnerIs(first, null);

  await lookAtHint(first, 'frozen', look);
  await bend(first, { isCameraFrozen: false });
  await lookAtHint(first, 'echo', look);
  await first.showControls();
  await first.press('mute');
  await bend(first, { sound: 'loud' });
  await lookAtHint(first, 'talking', look);
  await first.showControls();
  await first.press('mute');
  await bend(first, { sound: null, encodeSeconds: 0.04 });
  await lookAtHint(first, 'slow', look);
  await bend(first, { available: 10_000 });
  await lookAtHint(first, 'still', look);
  await bend(first, { available: null });
}
