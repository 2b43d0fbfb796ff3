// A device that is too slow for the call it is in: its browser, with all its processes, gets a part of a processor, so small that fewer than
// 10 pictures a second of it arrive as long as nothing is done about it. With the ladder at least 14 do.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadavg } from 'node:os';
import { LocalBrowser } from '../lib/browser.mjs';
import { CpuGroup } from '../lib/cpu_group.mjs';
import { kIsLong } from '../lib/long.mjs';
import { bothAccept, meetAtCard, Person } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { longestWait, rateOver, watchPictures } from '../lib/picture_flow.mjs';
import { Server } from '../lib/server.mjs';
import { bothOpen, freshRoom, kPairs } from './talk.mjs';

const kCaseLimit = 400_000; // ms
/** Pictures a second: what makes a device weak, and what is asked of the ladder. */
const kWeak = 10;
const kEnough = 14;
const kLongestWait = 2_000; // ms
const kSettle = 20; // s: some steps down, and what was queued before them
const kWatched = 60; // s
/** Parts of a processor that are tried, until one is too little: close together, so that it is not far too little. */
const kParts = [0.8, 0.65, 0.5, 0.4, 0.35, 0.3, 0.27, 0.245, 0.22, 0.2, 0.18, 0.16, 0.14, 0.12, 0.11, 0.1];
/**
 * So soon something is done about it, from the first look that sees it: what comes before that, until the page without time looks again at
 * what the last second was like, is printed and not judged.
 */
const kDownWithin = 4_000; // ms

/** Runs in the page: whatever is to be sent, camera and browser go on as they began, and the partner is asked for no less. */
function withoutPolicy() {
  RTCRtpSender.prototype.setParameters = async () => {};
  MediaStreamTrack.prototype.applyConstraints = async () => {};
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (data) {
    if (typeof data !== 'string' || !data.startsWith('{"kind":"limit"')) send.call(this, data);
  };
}

/** A call of two browsers of their own, the first of which is in the group. @param listens it sends sound alone */
async function call(server, kinds, group, { policy, listens = false }, body) {
  const browsers = await Promise.all(kinds.map((kind) => LocalBrowser.start(kind)));
  try {
    const people = [];
    for (const [seat, browser] of browsers.entries()) people.push(await Person.at(browser, `person ${seat + 1}`));
    // With the policy on both ends, or on neither: the other one is asked for less as well.
    if (!policy) for (const { page } of people) await page.beforeLoad(withoutPolicy);
    await bothOpen(server, ...people);
    await meetAtCard(...people, await freshRoom(people[0]), listens ? { tickFirst: ['media-sound'] } : {});
    await bothAccept(...people);
    if (listens) await people[0].seesAndHears();
    else await Promise.all(people.map((person) => person.seesAndHears()));
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
      if (rate < kWeak) return { part, rate, tried };
    }
    throw new Error(`no part of a processor is too little (${tried.join(', ')})`);
  });
}

/** Lines of the picture that comes. */
const linesTo = (person) =>
  person.page.evaluate(async () => [...(await visavis.pc.getStats()).values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.frameHeight ?? 0);

/** What the policy did since `from` (of the page's clock): each step with its moment, and why. */
async function stepsSince(person, from) {
  const paces = await person.page.evaluate(() => visavis.paces);
  return paces.filter(({ at }) => at >= from).map(({ at, pace, seen }) => ({ at: at - from, seen: seen === null ? null : Math.max(0, seen - from), ...pace }));
}

const describeSteps = (steps) => steps.map(({ at, seen, height, fps, why, busy }) => `${(at / 1_000).toFixed(1)} s ${height} lines, ${fps} a second (${busy ? `busy, first seen at ${(seen / 1_000).toFixed(1)} s` : 'not busy'}, ${why})`).join('; ') || 'none';

export function weakDeviceCases() {
  if (!kIsLong) return;
  const probe = CpuGroup.make(`visavis-weak-${process.pid}`);
  if (!probe) {
    // The runner takes a skipped test for a failed one: it is not there, and the run says so.
    console.log('Skipped: a weak device. This machine has no control groups for processors.');
    return;
  }
  void probe.remove();
  for (const kinds of kPairs) {
    const title = `a weak device sends at least ${kEnough} pictures a second: ${kinds.join(', ')}`;
    it(title, { timeout: kCaseLimit }, async () => {
      const group = CpuGroup.make(`visavis-weak-${process.pid}`);
      const server = await Server.onLoopback();
      try {
        const { part, rate, tried } = await calibrate(server, kinds, group);
        console.log(`${title}: without the ladder, pictures a second by part of a processor: ${tried.join(', ')}; load of the machine ${loadavg()[0].toFixed(1)}`);
        group.setPart(1);
        await call(server, kinds, group, { policy: true }, async (weak, other) => {
          await watchPictures(other);
          const [began, usedBefore, wallBefore] = [await weak.page.evaluate(() => performance.now()), group.used(), Date.now()];
          group.setPart(part);
          await rateOver(other, kSettle);
          const from = await other.page.evaluate(() => performance.now());
          const relieved = await rateOver(other, kWatched);
          const waited = await longestWait(other, from);
          const used = (1_000 * (group.used() - usedBefore)) / (Date.now() - wallBefore);
          const steps = await stepsSince(weak, began);
          console.log(`${part} of a processor: ${rate.toFixed(1)} pictures a second without the ladder, ${relieved.toFixed(1)} with it`
            + `, longest wait ${Math.round(waited)} ms; steps: ${describeSteps(steps)}`
            + `; asked of the partner: ${JSON.stringify((await weak.controls('limit')).map(({ most }) => most))}`
            + `; used ${used.toFixed(2)} of a processor, load of the machine ${loadavg()[0].toFixed(1)}`);
          assert.ok(relieved >= kEnough, `${relieved.toFixed(1)} pictures a second`);
          assert.ok(waited <= kLongestWait, `${Math.round(waited)} ms without a picture`);
          // Less is sent, or asked for: whichever is too much first.
          const relief = steps.find(({ busy }) => busy);
          assert.ok(relief && relief.seen !== null, 'it is relieved, of what a look has seen');
          assert.ok(relief.at - relief.seen <= kDownWithin, `relieved ${Math.round(relief.at - relief.seen)} ms after it was first seen`);
        });
      } finally {
        await server.stop();
        await group.remove();
      }
    });
  }

  // It sends no picture, so what it asks for is due to what it gets alone.
  for (const kinds of kPairs) {
    const title = `a device that is too weak for the picture it gets asks for less, and gets it: ${kinds.join(', ')}`;
    it(title, { timeout: kCaseLimit }, async () => {
      const group = CpuGroup.make(`visavis-weak-${process.pid}`);
      const server = await Server.onLoopback();
      try {
        await call(server, kinds, group, { policy: true, listens: true }, async (weak, other) => {
          const before = await linesTo(weak);
          const asked = async () => (await weak.controls('limit')).map(({ most }) => most).filter((most) => most !== null);
          assert.deepEqual(await asked(), [], 'as long as it has a whole processor it asks for nothing');
          let part;
          for (part of kParts) {
            group.setPart(part);
            await rateOver(weak, 6);
            if ((await asked()).length > 0) break;
          }
          const [most = null] = await asked();
          assert.notEqual(most, null, `with ${part} of a processor it asks for nothing`);
          assert.ok(most.height < before, `${most.height} lines asked for, of ${before}`);
          // Only the wish is to be seen, not how long a page without time takes to see it.
          group.setPart(1);
          await until('it gets less', async () => (await linesTo(weak)) <= most.height);
          const { why } = await other.page.evaluate(() => visavis.paces.at(-1).pace);
          assert.equal(why, 'partner');
          console.log(`${title}: at ${part} of a processor ${JSON.stringify(most)} in place of ${before} lines; load of the machine ${loadavg()[0].toFixed(1)}`);
        });
      } finally {
        await server.stop();
        await group.remove();
      }
    });
  }
}
