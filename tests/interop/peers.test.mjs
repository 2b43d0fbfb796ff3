// Calls between our own peer and those of others: browsers, libwebrtc in Node, and aiortc. Each offers once and answers
// once, directly and through the relay alone. Pictures that ours receives are decoded by libvpx and their clock read back, sound is
// compared with the tone sent; the same of what others receive from ours, as they decode it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kIsLong } from '../browser/lib/long.mjs';
import { until } from '../browser/lib/poll.mjs';
import { Server } from '../browser/lib/server.mjs';
import { makeCertificate } from '../program/certificates.mjs';
import { credential } from '../program/turn_client.mjs';
import { negotiate } from './ends/ends.mjs';
import { flow, hasEnough, hearsAndSeesOurs, isWhatWasSent, kMedia, kOthers, talk, withEnds } from './ends/talk.mjs';

const kLimit = { timeout: 120_000 };
const kSecret = 'a secret of the test';
const kLongCall = 600_000; // ms
const kLongLook = 20_000; // ms
const kWarmUp = 30_000; // ms: until every buffer has been full once
const kMemoryGrowth = 1_024; // KiB
const kLateShare = 0.01;
const kApart = ['disconnected', 'failed', 'closed'];
const kHeldMore = 10; // packets of 20 ms

describe('our peer and those of others', () => {
  let folder;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-peers-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const [kind, can] of Object.entries(kOthers)) {
    for (const isOffering of [true, false]) {
      it(`${kind} ${isOffering ? 'answers' : 'offers'}: data, sound, picture${can.restarts ? ', restarts of ICE' : ''}`, kLimit, async (context) => {
        await withEnds([['native'], [kind]], async (native, other, stop) => {
          const record = path.join(folder, `${kind}-${isOffering}`);
          await native.ask('begin', { send: kMedia, record, audioDelay: can.audioDelay });
          await other.ask('begin', { send: kMedia });
          const [offering, answering] = isOffering ? [native, other] : [other, native];
          await offering.ask('channel', { label: 'chat' });
          const since = Date.now();
          await negotiate(offering, answering);
          await Promise.all([native.state('connected'), other.state('connected')]);
          context.diagnostic(`connected in ${Date.now() - since} ms`);
          await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
          await talk(native, other);
          await flow(native, other);
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
              await flow(native, other);
            }
          }
          await hasEnough(native);
          context.diagnostic(await hearsAndSeesOurs(other));
          await stop();
          await native.ask('close');
          isWhatWasSent(record);
        });
      });
    }
  }

  for (const kind of kIsLong ? ['chromium', 'wrtc'] : []) {
    it(`${kind} for ten minutes: sound and pictures to the end, consent kept, and no more memory than in the beginning`, { timeout: kLongCall + 120_000 }, async (context) => {
      await withEnds([['native'], [kind]], async (native, other, stop) => {
        await native.ask('begin', { send: ['audio', 'video'], audioDelay: kOthers[kind].audioDelay });
        await other.ask('begin', { send: ['audio', 'video'] });
        await native.ask('channel', { label: 'chat' });
        await negotiate(native, other);
        await Promise.all([native, other].map((end) => end.state('connected')));
        await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
        const since = Date.now();
        const memory = [];
        let first = null;
        while (Date.now() < since + kLongCall) {
          await talk(native, other);
          await flow(native, other);
          if (Date.now() > since + kWarmUp) {
            memory.push(memoryOf(native.pid));
            first ??= { at: Date.now(), ...(await native.ask('stats')).received };
          }
          await sleep(kLongLook);
        }
        const { audio, video } = (await native.ask('stats')).received;
        const minutes = (Date.now() - first.at) / 60_000;
        // As it was found in the beginning it is at the end: what was heard is as far behind what came.
        const [heldThen, held] = [first.audio, audio].map(({ packets, frames, late }) => packets - frames - late);
        const drift = ((audio.packets + audio.lost - first.audio.packets - first.audio.lost) * 20 - minutes * 60_000) / minutes / 60;
        context.diagnostic(`${minutes.toFixed(1)} minutes: ${memory[0]} KiB of memory, ${Math.max(...memory)} at most, ${memory.at(-1)} in the end; sound ${drift.toFixed(2)} ms a second off our clock, ${audio.late} of ${audio.packets} packets late, ${held} held and ${heldThen} in the beginning; ${video.frames} pictures, ${video.skips} passed over`);
        assert.ok(memory.at(-1) - memory[0] <= kMemoryGrowth, `memory in KiB: ${memory}`);
        assert.ok(audio.late - first.audio.late <= (audio.packets - first.audio.packets) * kLateShare, `late: ${JSON.stringify({ first, audio })}`);
        assert.ok(Math.abs(held - heldThen) <= kHeldMore, `held: ${JSON.stringify({ first, audio })}`);
        for (const end of [native, other]) {
          await end.listen();
          assert.deepEqual(end.heard.filter(({ what, state }) => what === 'state' && kApart.includes(state)), [], `${end.name} was connected all the time`);
        }
        await hearsAndSeesOurs(other);
        const record = path.join(folder, `${kind}-long`);
        const before = (await native.ask('stats')).received;
        await native.ask('record', { record });
        await hasEnough(native, before);
        await stop();
        await native.ask('close');
        isWhatWasSent(record);
      });
    });
  }

  for (const kind of Object.keys(kOthers)) {
    for (const isOffering of [true, false]) {
      it(`${kind} ${isOffering ? 'answers' : 'offers'}, both through the relay only: data, sound, picture`, kLimit, async (context) => {
        const server = await Server.onLoopback(['--turn-secrets', kSecret]);
        try {
          const { user, password } = credential(kSecret, `${Math.floor(Date.now() / 1000) + 600}:600.call.leg`);
          const login = { urls: `turn:${outwardAddress()}:${server.turnPort}`, username: user, credential: password };
          await withEnds([['native'], [kind]], async (native, other, stop) => {
            const record = path.join(folder, `${kind}-${isOffering}-relayed`);
            await native.ask('begin', { send: kMedia, record, audioDelay: kOthers[kind].audioDelay, relayOnly: true, iceServers: [login] });
            // A relay lets no address of its own machine in, which is all the other end would have without one.
            await other.ask('begin', { send: kMedia, relayOnly: true, iceServers: [login] });
            const [offering, answering] = isOffering ? [native, other] : [other, native];
            await offering.ask('channel', { label: 'chat' });
            const told = await toldBy(native, () => negotiate(offering, answering));
            await Promise.all([native.state('connected'), other.state('connected')]);
            await Promise.all([native, other].map((end) => end.hears('the channel', ({ what }) => what === 'open')));
            await talk(native, other);
            await flow(native, other);
            await hasEnough(native);
            context.diagnostic(await hearsAndSeesOurs(other));
            for (const end of [native, other]) {
              const { pair } = await end.ask('stats');
              assert.deepEqual(pair, { local: 'relay', remote: 'relay' }, end.name);
            }
            await stop();
            for (const line of told) assert.match(line, / typ relay raddr 0\.0\.0\.0 rport 0( |$)/, 'nothing but the relay is told');
            assert.ok(told.length > 0);
            await native.ask('close');
            isWhatWasSent(record);
          });
        } finally {
          await server.stop();
        }
      });
    }
  }
});

/** What a process holds, in KiB. */
function memoryOf(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

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
        await withEnds([['native'], ['native']], async (first, second, stop) => {
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
