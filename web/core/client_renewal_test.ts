// A connection whose handshake fails before anything was sent over it: another takes its place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kNeverMs, kRenewalsMax, kStuckMs } from './mending.ts';
import { kBlocked, two, type Person, type World } from './testing/people.ts';

/** Both accept; each connection of `person` gives its handshake up, of the first `times` that it makes. */
async function callThatBreaks(person: 0 | 1, times: number): Promise<[World, Person, Person]> {
  const [world, ann, bob] = await two([kBlocked, kBlocked]);
  const { rtc } = [ann, bob][person]!;
  const kept = rtc.made.length;
  // It is not among them yet.
  rtc.onMade = (connection) => (connection.breaksHandshake = rtc.made.length - kept < times);
  await world.match(ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  return [world, ann, bob];
}

const wishes = (person: Person): boolean[] =>
  person.sent
    .filter(({ type }) => type === 'relay')
    .map(({ body }) => JSON.parse(body as string) as { kind: string; renew?: boolean })
    .flatMap(({ kind, renew }) => (kind === 'offer_wanted' ? [renew === true] : []));

for (const [person, who] of [[0, 'the end that offers'], [1, 'the other']] as const) {
  test(`a failed handshake is tried again over another connection, under the same certificate: ${who} sees it`, async () => {
    const [world, ann, bob] = await callThatBreaks(person, 1);
    const before = [ann.rtc.made.length, bob.rtc.made.length];
    await world.untilPhase('connected', ann, bob);
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
    for (const [at, { rtc, client, connection }] of [ann, bob].entries()) {
      assert.equal(rtc.made.length, before[at]! + 1);
      const [former, present] = rtc.made.slice(-2);
      assert.equal(connection(), present);
      assert.equal(former!.connectionState, 'closed');
      assert.equal(former!.certificate, present!.certificate);
      assert.equal(present!.getTransceivers().length, 2);
      const received = present!.getTransceivers().map(({ receiver }) => receiver.track as unknown as MediaStreamTrack);
      assert.deepEqual(client.view.remoteTracks, received, 'what the former would have played is no more');
    }
    assert.deepEqual(wishes(ann), []);
    assert.deepEqual(wishes(bob), person === 0 ? [] : [true]);
    ann.client.sendChat('there');
    await world.until(() => bob.client.view.chat.length === 1);
  });
}

test('a handshake that fails again and again is given up', async () => {
  const [world, ann, bob] = await callThatBreaks(0, Infinity);
  const before = ann.rtc.made.length;
  await world.until(() => ann.phase() === 'ended' && bob.phase() === 'ended', (1 + kRenewalsMax) * kNeverMs);
  assert.deepEqual(ann.client.view.call.reason, 'failed');
  assert.equal(ann.rtc.made.length, before + kRenewalsMax + 1, 'as many as she may want, and one that is wanted by him, to whom no handshake comes');
});

test('another connection of which nothing comes is an interruption to the end that was well, and is mended like any', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const sdp = ann.connection().localDescription!.sdp.replaceAll(/a=ice-ufrag:\S+/g, 'a=ice-ufrag:nobody');
  bob.connection().channels.get(0)!.onmessage!({ data: JSON.stringify({ kind: 'body', body: { kind: 'offer', sdp, round: 1, renewed: true } }) });
  await world.until(() => bob.client.view.call.shaky);
  await world.until(() => !bob.client.view.call.shaky, kStuckMs);
  assert.equal(bob.phase(), 'connected');
});
