// A device that is too slow for the call it is in: its browser, with all its processes, gets a part of a processor, so small that fewer than
// 10 pictures a second of it arrive as long as nothing is done about it. With the ladder at least 14 do.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LocalBrowser } from '../lib/browser.mjs';
import { CpuGroup } from '../lib/cpu_group.mjs';
import { kIsLong } from '../lib/long.mjs';
import { bothAccept, meetAtCard, Person } from '../lib/person.mjs';
import { longestWait, rateOver, watchPictures } from '../lib/picture_flow.mjs';
import { Server } from '../lib/server.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kCaseLimit = 400_000; // ms
/** Pictures a second: what makes a device weak, and what is asked of the ladder. */
const kWeak = 10;
const kEnough = 14;
const kLongestWait = 2_000; // ms
const kSettle = 20; // s: some steps down, and what was queued before them
const kWatched = 60; // s
/** Parts of a processor that are tried, until one is too little. */
const kParts = [0.8, 0.65, 0.5, 0.4, 0.32, 0.26, 0.2, 0.16];

/** Runs in the page: whatever is to be sent, camera and browser go on as they began, and the partner is asked for no less. */
function withoutPolicy() {
  RTCRtpSender.prototype.setParameters = async () => {};
  MediaStreamTrack.prototype.applyConstraints = async () => {};
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (data) {
    if (typeof data !== 'string' || !data.startsWith('{"kind":"limit"')) send.call(this, data);
  };
}

/** A call of two browsers of their own, the first of which is in the group. */
async function call(server, kinds, group, { policy }, body) {
  const browsers = await Promise.all(kinds.map((kind) => LocalBrowser.start(kind)));
  try {
    const people = [];
    for (const [seat, browser] of browsers.entries()) people.push(await Person.at(browser, `person ${seat + 1}`));
    // With the policy on both ends, or on neither: the other one is asked for less as well.
    if (!policy) for (const { page } of people) await page.beforeLoad(withoutPolicy);
    await bothOpen(server, ...people);
    await meetAtCard(...people, await freshRoom(people[0]));
    await bothAccept(...people);
    await Promise.all(people.map((person) => person.seesAndHears()));
    group.take(browsers[0].pid);
    return await body(...people);
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
  }
}

/** The part of a processor with which too few pictures come. */
function calibrate(server, kinds, group) {
  return call(server, kinds, group, { policy: false }, async (weak, other) => {
    const tried = [];
    for (const part of kParts) {
      group.setPart(part);
      await rateOver(other, 4);
      const rate = await rateOver(other, 8);
      tried.push(`${part}: ${rate.toFixed(1)}`);
      if (rate < kWeak) return { part, rate };
    }
    throw new Error(`no part of a processor is too little (${tried.join(', ')})`);
  });
}

export function weakDeviceCases() {
  if (!kIsLong) return;
  const probe = CpuGroup.make(`visavis-weak-${process.pid}`);
  if (!probe) {
    // The runner takes a skipped test for a failed one: it is not there, and the run says so.
    console.log('Skipped: a weak device. This machine has no control groups for processors.');
    return;
  }
  void probe.remove();
  for (const kinds of [['chromium', 'chromium'], ['firefox', 'chromium']]) {
    const title = `a weak device sends at least ${kEnough} pictures a second: ${kinds.join(', ')}`;
    it(title, { timeout: kCaseLimit }, async () => {
      const group = CpuGroup.make(`visavis-weak-${process.pid}`);
      const server = await Server.onLoopback();
      try {
        const { part, rate } = await calibrate(server, kinds, group);
        group.setPart(1);
        await call(server, kinds, group, { policy: true }, async (weak, other) => {
          await watchPictures(other);
          group.setPart(part);
          await rateOver(other, kSettle);
          const from = await other.page.evaluate(() => performance.now());
          const relieved = await rateOver(other, kWatched);
          const waited = await longestWait(other, from);
          const sent = await weak.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);
          console.log(`${part} of a processor: ${rate.toFixed(1)} pictures a second without the ladder, ${relieved.toFixed(1)} with it`
            + ` (a picture ${sent.scaleResolutionDownBy} times smaller), longest wait ${Math.round(waited)} ms`);
          assert.ok(relieved >= kEnough, `${relieved.toFixed(1)} pictures a second`);
          assert.ok(waited <= kLongestWait, `${Math.round(waited)} ms without a picture`);
        });
      } finally {
        await server.stop();
        await group.remove();
      }
    });
  }
}
