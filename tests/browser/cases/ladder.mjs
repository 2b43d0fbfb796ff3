// What is sent follows what people ask for, and what is wrong with a call is said.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kMixed = [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
];

/** What this person's browser was told to send: the picture's encoding as it stands. */
const pictureOf = (person) =>
  person.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);

/** Lines of the pictures that come. */
const linesAt = (person) =>
  person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    return entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.frameHeight ?? 0;
  });

async function talk(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
}

/** Runs in the page before its own code: a camera with its cover closed. */
function coverCamera() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const context = canvas.getContext('2d');
      const [black] = canvas.captureStream(30).getVideoTracks();
      setInterval(() => context.fillRect(0, 0, 640, 480), 33);
      stream.addTrack(black);
    }
    return stream;
  };
}

export function ladderCases(scenario) {
  for (const pair of kMixed) {
    scenario('who uses less data sends a smaller picture and is sent one', pair, async (server, first, second) => {
      await talk(server, first, second);
      for (const person of [first, second]) await until('the picture has its limit', async () => (await pictureOf(person)).maxBitrate > 0);
      await first.showControls();
      await first.press('more');
      await first.press('devices-open');
      await first.press('saving-data');
      await first.press('devices-done');
      for (const person of [first, second]) {
        await until(`${person.name} sends less`, async () => (await pictureOf(person)).maxBitrate <= 250_000);
      }
      for (const person of [first, second]) {
        await until(`${person.name} gets less`, async () => {
          const lines = await linesAt(person);
          if (lines > 0 && lines <= 270) return true;
          throw new Error(`${lines} lines`);
        });
      }
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      assert.deepEqual(await first.page.evaluate(() => visavis.faults), []);
      assert.deepEqual(await second.page.evaluate(() => visavis.faults), []);
    });

    scenario('a black camera is told, once, and closed', pair, async (server, first, second) => {
      await first.page.beforeLoad(coverCamera);
      await talk(server, first, second);
      const hint = () => first.page.evaluate(() => document.querySelector('[data-testid="hint"]')?.dataset.hint ?? null);
      await until('the camera is said to be black', async () => (await hint()) === 'black');
      await first.press('hint-close');
      await until('it is closed', async () => (await hint()) !== 'black');
    });
  }
}
