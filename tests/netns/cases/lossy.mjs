// Our own peer and those of others over a way that loses one datagram in ten, each way, without anybody's being told: it connects, words
// come whole and in order, sound has gaps and no more, what is missing of pictures is asked for again and comes, and where it cannot come a
// whole picture is asked for.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../browser/lib/poll.mjs';
import { negotiate } from '../../interop/ends/ends.mjs';
import { flow, isWhatWasSent, kMedia, kOthers, talk, withEnds } from '../../interop/ends/talk.mjs';
import { kIsLong } from '../lib/long.mjs';

const kLimit = { timeout: 120_000 };
const kPercent = 10;
const kConnectLimit = 20_000; // ms
const kWords = 100; // each way at once
const kSound = 300; // packets of 20 ms
const kHeld = 10; // of them, beside what our end keeps for a while
const kRepaired = 3; // pieces of pictures
const kPictures = 10; // after a whole one has been asked for
/** What has not come of the sound, in hundredths: so many that something is lost, and so few that it is no more than is lost. */
const kSoundLost = { least: 3, most: 20 };

/** Every day a browser and a library, by turns in both roles. */
function callsOf(day) {
  if (kIsLong) return Object.keys(kOthers).flatMap((kind) => [true, false].map((offers) => [kind, offers]));
  const turn = (kinds) => [kinds[day % kinds.length], Math.floor(day / kinds.length) % 2 === 0];
  return [turn(['chromium', 'firefox']), turn(['aiortc', 'wrtc'])];
}

/** @param {() => {lab: object, pool: object}} world the lab, and the pool whose browsers have to make room */
export function lossyCases(world) {
  describe(`our own peer where ${kPercent} % of all datagrams are lost`, () => {
    let folder;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-lossy-'))));
    after(() => rmSync(folder, { recursive: true }));

    for (const [kind, offers] of callsOf(new Date().getUTCDate())) {
      it(`${kind} ${offers ? 'offers' : 'answers'}: words in order, sound with gaps, pictures mended`, kLimit, async (context) => {
        const { lab, pool } = world();
        await pool.close();
        for (const n of [1, 2]) lab.setMode(n, 'open');
        lab.loseBetweenHomes(kPercent);
        try {
          await withEnds([['native', lab.enter('h1')], [kind, lab.enter('h2')]], async (native, other, stop) => {
            const record = path.join(folder, `${kind}-${offers}`);
            await native.ask('begin', { send: kMedia, record, audioDelay: kOthers[kind].audioDelay });
            await other.ask('begin', { send: kMedia });
            const [offering, answering] = offers ? [other, native] : [native, other];
            await offering.ask('channel', { label: 'chat' });
            const since = performance.now();
            const { sdp } = await negotiate(offering, answering);
            await Promise.all([native, other].map((end) => end.state('connected', { limit: kConnectLimit })));
            const connected = performance.now() - since;
            await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
            const begun = performance.now();
            await Promise.all([inOrder(native, other), inOrder(other, native)]);
            const told = performance.now();
            await talk(native, other);
            const talked = performance.now();
            await flow(native, other);
            await mended(native);
            const whole = performance.now();
            await withoutRepairs(lab, native, sdp);
            await flow(native, other);
            const last = await native.ask('stats');
            await stop();
            await native.ask('close');
            const { frames, packets, lost, late } = last.received.audio;
            const share = (100 * lost) / (packets + lost);
            assert.ok(share >= kSoundLost.least && share <= kSoundLost.most, `${share.toFixed(1)} % of the sound was lost: ${JSON.stringify(last.received.audio)}`);
            assert.ok(frames + late + kOthers[kind].audioDelay / 20 + kHeld >= packets, `what came was heard: ${JSON.stringify(last.received.audio)}`);
            assert.ok(late < packets / 100, `and in time: ${late} of ${packets} packets`);
            isWhatWasSent(record, { isLossy: true });
            const { repaired, nacks, plis, skips } = last.received.video;
            context.diagnostic(`connected in ${connected.toFixed(0)} ms; ${2 * kWords} words in ${(told - begun).toFixed(0)} ms, long ones in ${(talked - told).toFixed(0)}; ${share.toFixed(1)} % of the sound lost; of pictures ${nacks} pieces asked for again, ${repaired} came, ${last.repeats.video} sent again, ${plis} whole pictures asked for, ${skips} passed over`);
          });
        } finally {
          lab.joinHomes();
        }
      });
    }
  });
}

/** What is sent at once comes in that order and whole. */
async function inOrder(from, to) {
  const words = Array.from({ length: kWords }, (_, number) => `${number} of ${kWords} from ${from.name}`);
  for (const text of words) await from.ask('send', { label: 'chat', text });
  const heard = [];
  while (heard.length < kWords) heard.push((await to.hears('the next word', ({ what, text }) => what === 'message' && text !== undefined)).text);
  assert.deepEqual(heard, words, `${to.name} hears them in order`);
}

/** Enough of both has come, and pictures have been mended each way. */
function mended(native) {
  return until('sound, and mended pictures both ways', async () => {
    const found = await native.ask('stats');
    const { audio, video } = found.received;
    if (audio.packets >= kSound && video.repaired >= kRepaired && found.repeats.video >= kRepaired) return true;
    throw new Error(JSON.stringify(found));
  });
}

/** Until a whole picture had to be asked for and came, what is sent again is lost, too. */
async function withoutRepairs(lab, native, sdp) {
  const [, type] = /^a=rtpmap:(\d+) rtx\/90000/m.exec(sdp) ?? assert.fail(`RTX is agreed on: ${sdp}`);
  const { received: { video: before } } = await native.ask('stats');
  lab.loseRtpBetweenHomes(type);
  let whole = null;
  await until('pictures go on after one that could not be mended', async () => {
    const { received: { video } } = await native.ask('stats');
    if (video.plis > before.plis) whole ??= video;
    if (whole && video.frames >= whole.frames + kPictures) return true;
    throw new Error(JSON.stringify(video));
  });
  lab.joinHomes();
  lab.loseBetweenHomes(kPercent);
}
