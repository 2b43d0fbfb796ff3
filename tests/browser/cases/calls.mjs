// The main job: every pair of browsers, in a room and by private link.
import assert from 'node:assert/strict';
import { withoutPath } from '../lib/lost.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertChat, assertLeaves, assertNothingKnown, assertTalk, bothOpen, freshRoom, kPairs, unlikeInTurn, usually } from './talk.mjs';

export function callCases(scenario) {
  for (const pair of kPairs) {
    scenario('a call in a room', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await first.press('accept');
      await first.state('accepting');
      await assertNothingKnown(first, second);
      await assertNothingKnown(second, first);
      await second.press('accept');
      await Promise.all([first.state('connected'), second.state('connected')]);
      await assertTalk(first, second, 'direct');
      // Two browsers of one kind need no other description than those they came with; of two kinds one answers the other.
      const answers = await Promise.all([first, second].map((person) => person.told('answer')));
      assert.equal(answers.flat().length > 0, pair[0] !== pair[1]);
      for (const person of [first, second]) {
        const [{ intro }] = await person.sent('accept');
        assert.ok(JSON.parse(intro).candidates.length > 0, 'what was found travels with the intro');
      }
      assert.equal(await badgeSaysOfLink(first), null, 'nobody vouches for a stranger');
      await assertLeaves(second, first);
    });

    scenario('a call by private link', pair, async (server, first, second) => {
      await bothOpen(server, first);
      const link = await meetByLink(first, second);
      await assertTalk(first, second, 'direct');
      await assertServerReadsNothing(link, first, second);
      for (const person of [first, second]) assert.equal(await badgeSaysOfLink(person), 'Verified by your link: you are talking with whoever holds it.');
      await assertLeaves(first, second);
    });
  }

  for (const pair of usually('chromium', 'chromium')) {
    scenario('a call without a double offer', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await first.press('accept');
      await first.state('accepting');
      await assertNothingKnown(first, second, { double: false });
      await assertNothingKnown(second, first, { double: false });
      await second.press('accept');
      await assertTalk(first, second, 'direct');
      const answers = await Promise.all([first, second].map((person) => person.told('answer')));
      assert.deepEqual(answers.map((told) => told.length), [0, 1], 'who was found second answers');
      for (const person of [first, second]) {
        const [{ intro }] = await person.sent('accept');
        assert.equal(JSON.parse(intro).candidates, undefined);
      }
      await assertLeaves(second, first);
    }, { probe: { double: 'off' } });
  }

  for (const pair of [['chromium', 'firefox'], ['firefox', 'firefox'], ['chromium', 'chromium']]) {
    scenario('two who send neither sound nor picture are asked for a sign of life, and not taken for silent', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      const heard = (person) => person.page.evaluate(async () => {
        const all = [...(await visavis.pc.getStats()).values()];
        return all.find(({ type, label }) => type === 'data-channel' && label === 'control').messagesReceived;
      });
      const before = await Promise.all([heard(first), heard(second)]);
      // A machine that is slow to begin the call may have restarted ICE by then.
      const restarts = (person) => person.page.evaluate(() => visavis.restarts.length);
      const begun = await Promise.all([restarts(first), restarts(second)]);
      for (const person of [first, second]) {
        await person.page.evaluate(() => Promise.all(visavis.pc.getSenders().map((sender) => sender.replaceTrack(null))));
      }
      for (const [at, person] of [first, second].entries()) {
        await until(`${person.name} is asked, and answered`, async () => (await heard(person)) >= before[at] + 16);
      }
      for (const [at, person] of [first, second].entries()) {
        assert.equal(await restarts(person), begun[at], person.name);
        assert.equal(await person.has('shaky'), false, person.name);
      }
    });
  }

  for (const pair of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('an offer at which the other browser fails is followed by another', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      // Of the two the Firefox makes the later offers, whoever made the first.
      const isFirst = pair[0] === pair[1] ? (await first.attributes()).role === 'a' : pair[0] === 'firefox';
      const [offering, answering] = isFirst ? [first, second] : [second, first];
      await answering.page.evaluate(() => {
        const { pc } = visavis;
        pc.setRemoteDescription = () => {
          delete pc.setRemoteDescription;
          return Promise.reject(new DOMException('once', 'OperationError'));
        };
      });
      const rounds = async (person, kind) => (await person.told(kind)).map(({ round }) => round);
      await withoutPath(offering, () => until('another offer is answered', async () => (await rounds(answering, 'answer')).at(-1) === 2));
      assert.deepEqual(await rounds(offering, 'offer'), [1, 2]);
      await until('the answer is taken', () => offering.page.evaluate(() => visavis.pc.signalingState === 'stable'));
      assert.equal((await answering.page.evaluate(() => visavis.faults)).length, 1);
      for (const person of [first, second]) assert.equal((await person.attributes()).state, 'connected', person.name);
      assert.deepEqual(await offering.page.evaluate(() => visavis.faults), []);
      await hearEachOtherStill(first, second);
    });
  }

  // One restarts ICE, and the other asks for it.
  for (const pair of usually('chromium', 'firefox')) {
    scenario('ICE is restarted over the data channel while the server is away, whichever end wants it', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await server.kill('SIGKILL');
      await Promise.all([first, second].map((person) => person.server(['lost', 'connecting'])));
      for (const person of [first, second]) await restartByChannel(first, second, person);
      await hearEachOtherStill(first, second);
      const before = await Promise.all([first, second].map(async (person) => (await person.received('ack')).length));
      await server.start();
      // What the channel has carried comes by the server now, a second time.
      for (const [index, person] of [first, second].entries()) {
        await person.server('open');
        await until(`${person.name} has told the server all of it`, async () => (await person.received('ack')).length >= before[index] + 3);
      }
      await hearEachOtherStill(first, second);
      await assertLeaves(first, second);
    });
  }

  for (const pair of unlikeInTurn()) {
    scenario('a restart of ICE while the former path still works', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      const answers = async () => (await Promise.all([first.told('answer'), second.told('answer')])).flat().filter(({ round }) => round > 0).length;
      for (const person of [second, first]) {
        const before = await answers();
        await withoutPath(person, () => until('a restart is answered', async () => (await answers()) > before));
      }
      await hearEachOtherStill(first, second);
    });
  }
}

/** `from` sees its path break. Another is agreed upon, and of that nothing goes by the server. */
async function restartByChannel(first, second, from) {
  const people = [first, second];
  const bodies = async ({ page }, list) => {
    const texts = await page.evaluate((name) => vvProbe[name].map(({ text }) => text), list);
    return texts.map((text) => JSON.parse(text)).filter(({ kind }) => kind === 'body').map(({ body }) => body.kind);
  };
  const saidByBoth = async () => {
    const said = await Promise.all(people.map((person) => bodies(person, 'said')));
    return { offers: count(said.flat(), 'offer'), wishes: count(said.flat(), 'offer_wanted'), answers: count(said.flat(), 'answer') };
  };
  const names = () => Promise.all(people.map(({ page }) => page.evaluate(() => /a=ice-ufrag:(\S+)/.exec(visavis.pc.localDescription.sdp)[1])));
  const before = { said: await saidByBoth(), names: await names(), relayed: await Promise.all(people.map(async (person) => (await person.sent('relay')).length)) };
  const after = await withoutPath(from, () => until('an answer comes by the channel, and is taken', async () => {
    const said = await saidByBoth();
    const stable = await Promise.all(people.map(({ page }) => page.evaluate(() => visavis.pc.signalingState === 'stable')));
    if (said.answers > before.said.answers && stable.every(Boolean)) return said;
    throw new Error(JSON.stringify({ before: before.said, said, stable }));
  }));
  assert.ok(after.offers > before.said.offers, `${from.name}: an offer went by the channel`);
  const [one, two] = await names();
  assert.ok(one !== before.names[0] && two !== before.names[1], `${from.name}: ICE was restarted at both ends`);
  for (const [index, person] of people.entries()) {
    assert.equal((await person.sent('relay')).length, before.relayed[index], `${person.name} has sent nothing to a server that is not there`);
    assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], `${person.name}: every description was taken`);
  }
}

const kSamplesASecond = 48_000; // what is counted of Opus, in both browsers

const count = (kinds, kind) => kinds.filter((each) => each === kind).length;

/** Whatever became of the way, what comes now is new: what came before is no proof. */
async function hearEachOtherStill(first, second) {
  const hearsAnew = async (person) => {
    await until(`${person.name}: a pair of the restarted ICE is the one in use`, async () => (await person.summary()).ice.match(/^(connected|completed)$/));
    // Three seconds of sound, also where nothing came to be played: more than can have been on its way, or kept for playing. How
    // many pictures came in them is up to the machine.
    const later = async (what, than, isEnough) =>
      until(`${person.name}: ${what}`, async () => {
        const now = await person.summary();
        if (isEnough(now)) return now;
        throw new Error(JSON.stringify({ now, than }));
      });
    const settled = await person.summary();
    const on = await later('three seconds after the restart', settled, ({ samples }) => samples > settled.samples + 3 * kSamplesASecond);
    await later('sees and hears after the restart', on, ({ frames, energy }) => frames > on.frames + 5 && energy > on.energy);
  };
  await Promise.all([hearsAnew(first), hearsAnew(second)]);
  await assertChat(first, second);
}

/** What stands behind the badge about the link, once it is opened; null without one. */
async function badgeSaysOfLink(person) {
  await person.press('path-badge');
  await until('what stands behind the badge', () => person.has('path-text'));
  const said = await person.text('path-link');
  await person.press('path-badge');
  return said;
}

/** The key of the link never crosses the WebSocket, and no connection information does in clear. */
async function assertServerReadsNothing(link, ...people) {
  const key = new URL(link).hash.replace(/^#1\./, '');
  assert.match(key, /^[\w-]{22}$/, 'a link holds 128 bits');
  for (const person of people) {
    const sent = JSON.stringify(await person.sent());
    assert.ok(!sent.includes(key), `${person.name} keeps the key to itself`);
    assert.doesNotMatch(sent, /candidate:|fingerprint|ice-ufrag/, `${person.name} sends nothing in clear`);
    assert.ok((await person.sent('relay')).length > 0, `${person.name} did send something`);
    const address = await person.page.evaluate(() => location.hash);
    assert.equal(address, '', `${person.name}: the key is gone from the address bar`);
  }
}
