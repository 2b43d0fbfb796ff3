// Calls between our own peer and those of others: browsers, libwebrtc in Node, and aiortc. Each offers once and answers
// once; pictures that ours receives are decoded by libvpx and their clock read back, sound is compared with the tone sent.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { Server } from '../browser/lib/server.mjs';
import { makeCertificate } from '../program/certificates.mjs';
import { credential } from '../program/turn_client.mjs';
import { negotiate, startEnd, trickle } from './ends/ends.mjs';
import { readPictures, readTone } from './ends/recordings.mjs';

const kLimit = { timeout: 120_000 };
const kSecret = 'a secret of the test';
const kTone = 440;
const kBytes = 60_000; // of a message that takes many packets
// A machine that is slow leaves pictures out, and never shows one before its time.
const kPicturesMin = 20;
const kSoundMin = 75; // packets of 20 ms
const kToneShare = 0.9;

// What each can do: aiortc trickles nothing, has no restart and tells its own addresses whatever it is asked; the one in Node is given no camera and no microphone.
const kOthers = {
  chromium: { media: ['audio', 'video'], restarts: true, hidesBehindRelays: true },
  firefox: { media: ['audio', 'video'], restarts: true, hidesBehindRelays: true },
  wrtc: { media: [], restarts: true, hidesBehindRelays: true },
  aiortc: { media: ['audio', 'video'], restarts: false, hidesBehindRelays: false },
};

describe('our peer and those of others', () => {
  let folder;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-peers-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const [kind, can] of Object.entries(kOthers)) {
    for (const isOffering of [true, false]) {
      it(`${kind} ${isOffering ? 'answers' : 'offers'}: data${can.media.length ? ', sound, picture' : ''}${can.restarts ? ', restarts of ICE' : ''}`, kLimit, async (context) => {
        await withEnds(kind, async (native, other, stop) => {
          const record = path.join(folder, `${kind}-${isOffering}`);
          await native.ask('begin', { send: can.media, record });
          await other.ask('begin', { send: can.media });
          const [offering, answering] = isOffering ? [native, other] : [other, native];
          await offering.ask('channel', { label: 'chat' });
          const since = Date.now();
          await negotiate(offering, answering);
          await Promise.all([native.state('connected'), other.state('connected')]);
          context.diagnostic(`connected in ${Date.now() - since} ms`);
          await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
          await talk(native, other);
          if (can.media.length) await flow(native, other);
          if (can.restarts) {
            for (const [first, second] of [[native, other], [other, native]]) {
              const { ice: before } = await native.ask('stats');
              await negotiate(first, second, { restart: true });
              // Until then data goes the old way.
              await until('a pair of the new generation is the one in use', async () => {
                const { ice } = await native.ask('stats');
                return ice.completed && ice.ufrag !== before.ufrag;
              });
              await talk(native, other);
              if (can.media.length) await flow(native, other);
            }
          }
          if (can.media.length) await hasEnough(native);
          await stop();
          await native.ask('close');
          if (can.media.length) isWhatWasSent(record);
          const { code } = await native.end();
          assert.equal(code, 0, native.errors);
        });
      });
    }
  }

  for (const kind of Object.keys(kOthers)) {
    it(`${kind}, both through the relay only`, kLimit, async () => {
      const server = await Server.onLoopback(['--turn-secrets', kSecret]);
      try {
        const { user, password } = credential(kSecret, `${Math.floor(Date.now() / 1000) + 600}:600.call.leg`);
        const login = { urls: `turn:${outwardAddress()}:${server.turnPort}`, username: user, credential: password };
        await withEnds(kind, async (native, other, stop) => {
          await native.ask('begin', { relayOnly: true, iceServers: [login] });
          // A relay lets no address of its own machine in, which is all the other end would have without one.
          await other.ask('begin', { relayOnly: true, iceServers: [login] });
          await native.ask('channel', { label: 'chat' });
          const told = await toldBy(native, () => negotiate(native, other));
          await Promise.all([native.state('connected'), other.state('connected')]);
          await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
          await talk(native, other);
          const { pair } = await native.ask('stats');
          assert.equal(pair.local, 'relay');
          if (kOthers[kind].hidesBehindRelays) assert.equal(pair.remote, 'relay');
          await stop();
          for (const line of told) assert.match(line, / typ relay raddr 0\.0\.0\.0 rport 0( |$)/, 'nothing but the relay is told');
          assert.ok(told.length > 0);
          await native.ask('close');
        });
      } finally {
        await server.stop();
      }
    });
  }
});

describe('two of our own', () => {
  let folder;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-peers-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const by of ['tcp', 'tls']) {
    it(`both through the relay only, by ${by.toUpperCase()}`, kLimit, async () => {
      const { cert, key, pem } = makeCertificate(folder);
      const server = await Server.onLoopback(['--turn-secrets', kSecret, '--tls-cert', cert, '--tls-key', key], { streams: true });
      try {
        const { user: username, password } = credential(kSecret, `${Math.floor(Date.now() / 1000) + 600}:600.call.leg`);
        const urls = by === 'tls' ? `turns:localhost:${new URL(server.origin).port}?transport=tcp` : `turn:127.0.0.1:${server.turnPort}?transport=tcp`;
        const login = { urls, username, credential: password, trust: pem };
        await withEnds('native', async (first, second, stop) => {
          for (const end of [first, second]) await end.ask('begin', { relayOnly: true, iceServers: [login] });
          await first.ask('channel', { label: 'chat' });
          await negotiate(first, second);
          await Promise.all([first, second].map((end) => end.state('connected')));
          await Promise.all([first, second].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
          await talk(first, second);
          const { pair } = await first.ask('stats');
          assert.deepEqual([pair.local, pair.remote], ['relay', 'relay']);
          await stop();
          await first.ask('close');
        });
      } finally {
        await server.stop();
      }
    });
  }
});

/** Browsers want no relay on loopback. */
function outwardAddress() {
  const own = Object.values(networkInterfaces()).flat();
  return own.find(({ internal, family }) => !internal && family === 'IPv4').address;
}

async function withEnds(kind, use) {
  const ends = [];
  let stop = async () => {};
  try {
    for (const each of ['native', kind]) ends.push(await startEnd(each));
    stop = trickle(...ends);
    await use(...ends, stop);
  } catch (error) {
    await stop().catch(() => {}); // what went wrong first is told
    throw error;
  } finally {
    await Promise.all(ends.map((end) => end.end()));
  }
}

/** Every candidate that the end tells while that is done and for a moment after, in its descriptions and beside them. */
async function toldBy(end, doIt) {
  const { ask } = end;
  const told = [];
  const note = (text) => told.push(...[...text.matchAll(/candidate:[^\r\n]+/g)].map(([line]) => line));
  end.ask = async (...how) => {
    const answer = await ask.apply(end, how);
    if (answer?.sdp) note(answer.sdp);
    return answer;
  };
  end.onCandidate = ({ candidate }) => note(candidate);
  await doIt();
  return told;
}

/** Words and bytes, both ways. */
async function talk(native, other) {
  for (const [from, to] of [[native, other], [other, native]]) {
    const text = `from ${from.name} at ${Date.now()} — ✓`;
    await from.ask('send', { label: 'chat', text });
    await to.hears('the words', (said) => said.what === 'message' && said.text === text);
    await from.ask('send', { label: 'chat', size: kBytes });
    await to.hears('the bytes', (said) => said.what === 'message' && said.size === kBytes);
  }
}

/** Sound and pictures come that had not come before, at both. */
async function flow(native, other) {
  for (const end of [native, other]) {
    const first = await end.ask('stats');
    await until(`${end.name}: sound and pictures`, async () => {
      const now = await end.ask('stats');
      const isMore = ['audio', 'video'].every((kind) => now.received[kind]?.packets > (first.received[kind]?.packets ?? 0) + 20);
      // A browser decodes both, and its picture's clock goes on.
      const isPlayed = end.page === undefined || (now.frames > first.frames + 5 && now.energy > first.energy && now.clock !== first.clock && now.clock !== null);
      if (isMore && isPlayed) return true;
      throw new Error(JSON.stringify({ first, now }));
    });
  }
}

/** Of sound and pictures, to be judged. */
function hasEnough(native) {
  return until('ours has a second and more of both', async () => {
    const { received } = await native.ask('stats');
    if (received.audio.frames >= kSoundMin && received.video.frames >= kPicturesMin) return true;
    throw new Error(JSON.stringify(received));
  });
}

function isWhatWasSent(record) {
  const clocks = readPictures(`${record}.ivf`);
  assert.ok(clocks.length >= kPicturesMin, `${clocks.length} pictures`);
  const steps = clocks.slice(1).map((clock, at) => clock - clocks[at]);
  assert.ok(steps.every((step) => step >= 0), `the clock goes forward: ${clocks}`);
  assert.ok(clocks.at(-1) - clocks[0] >= 10, `and does: ${clocks}`);
  const shares = readTone(`${record}.ogg`, kTone);
  assert.ok(shares.length >= 10, `a second of sound: ${shares.length}`);
  const clean = shares.filter((share) => share > kToneShare).length;
  assert.ok(clean >= shares.length * 0.8, `nearly all of it is the tone: ${shares.map((share) => share.toFixed(2))}`);
}
