// What every call must do, whoever meets whom and how.
import assert from 'node:assert/strict';
import { kIsLong } from '../lib/long.mjs';
import { until } from '../lib/poll.mjs';

export const kPairs = [
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
];
const turns = { alike: 0, unlike: 0 };
const inTurn = (half, pairs) => (kIsLong ? kPairs : [pairs[turns[half]++ % pairs.length]]);
/** In either half each browser has each seat once. Every day the cases take turns with its pairs, and with `--long` each has all pairs. */
export const alikeInTurn = () => inTurn('alike', kPairs.slice(0, 2));
export const unlikeInTurn = () => inTurn('unlike', kPairs.slice(2));
export const halvesInTurn = () => (kIsLong ? kPairs : [...alikeInTurn(), ...unlikeInTurn()]);
/** Where who meets whom has little to do with it: one pair every day. */
export const usually = (...pair) => (kIsLong ? kPairs : [pair]);

let nextRoom = 0;

/** A room nobody of an earlier case is in: each case takes the next one, in an order that does not follow who is where. */
export async function freshRoom(person) {
  await person.showAllRooms();
  const tags = await person.page.evaluate(() => [...document.querySelectorAll('[data-testid^="room-"]')].map((room) => room.dataset.testid.slice(5)).sort());
  assert.ok(tags.length >= 24, `at least 24 rooms, the page shows ${tags.length}`);
  return tags[nextRoom++ % tags.length];
}

export async function bothOpen(server, ...people) {
  await Promise.all(people.map(async (person) => {
    await person.open(`${server.origin}/`);
    await person.state('home');
  }));
}

const kBadges = { direct: /^Direct$/, relayed: /^Relayed(, (UDP|TCP|TLS))?$/ };

/** Picture and sound go both ways, encrypted, and the chat too; both ends' badge says `path`, and each knows the other's own word for it. */
export async function assertTalk(first, second, path) {
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
  await Promise.all([first.assertEncrypted(), second.assertEncrypted()]);
  await assertChat(first, second);
  for (const person of [first, second]) {
    await person.attribute('path', path);
    assert.match((await person.text('path-badge')).trim(), kBadges[path], `${person.name}: what the badge says`);
    const { local, remote } = await person.summary();
    const relayed = [local.type, remote.type].includes('relay');
    if (path === 'direct') assert.ok(!relayed, `${person.name}: ${local.type} to ${remote.type} is direct`);
  }
  await assertPathsTold(first, second, path);
}

/** One end's relay may look like an unknown address to the other: one word for it is enough, if both know it. */
async function assertPathsTold(first, second, path) {
  await until('both ends know what the other says of its path', async () => {
    const [one, two] = await Promise.all([first, second].map((person) => person.attributes()));
    const told = one.ownPath && two.ownPath && one.partnerPath === two.ownPath && two.partnerPath === one.ownPath;
    const fits = path === 'direct' ? one.ownPath === 'direct' && two.ownPath === 'direct' : [one.ownPath, two.ownPath].includes('relayed');
    if (told && fits) return true;
    throw new Error(JSON.stringify([one, two].map(({ ownPath, partnerPath }) => ({ ownPath, partnerPath }))));
  });
}

/** Each opens the safety code and finds it the same, as people do who have compared it. */
export async function bothFindSame(...people) {
  for (const person of people) {
    await person.attribute('safety', 'code');
    await person.showControls();
    await person.press('path-badge');
    await person.press('code-open');
    await person.press('code-same');
    await person.press('code-done');
  }
}

let nextText = 0;

export async function assertChat(first, second) {
  for (const [from, to] of [[first, second], [second, first]]) {
    const text = `வணக்கம் ${++nextText} ¡hola!`;
    await from.say(text);
    await to.hears(text);
  }
}

/** `leaver` leaves; the other one is told so. */
export async function assertLeaves(leaver, other) {
  await leaver.press('leave');
  await Promise.all([leaver.attribute('reason', 'you'), other.attribute('reason', 'left')]);
  await Promise.all([leaver.state('ended'), other.state('ended')]);
  await until('both connections closed', async () => {
    const open = await Promise.all([leaver, other].map((person) => person.page.evaluate(() => vvProbe.peers.filter((peer) => peer.connectionState !== 'closed').length)));
    return open.every((count) => count === 0);
  });
}

/** Where the server answers is its own address. */
function withoutStun(message) {
  if (message.type !== 'welcome') return message;
  const { stun, ...features } = message.features;
  return { ...message, features };
}

/**
 * Until both have accepted: no message from the server to `person` holds anything of `other`: no intro, no candidate, no fingerprint, no
 * address. Unless pages make a double offer, as they do (core/double_offer.ts), nothing was gathered on either device.
 */
export async function assertNothingKnown(person, other, { double = true } = {}) {
  const gathered = await person.page.evaluate(() =>
    vvProbe.peers.filter((peer) => peer.connectionState !== 'closed' && (peer.iceGatheringState !== 'new' || peer.localDescription)).length,
  );
  assert.equal(gathered, double ? 1 : 0, `${person.name} has gathered ${double ? 'for this partner alone' : 'nothing'}`);
  const messages = (await person.received()).map(withoutStun);
  const allowed = ['challenge', 'welcome', 'token', 'waiting', 'matched', 'pong', 'rooms'];
  assert.deepEqual(messages.map(({ type }) => type).filter((type) => !allowed.includes(type)), [], `${person.name} was told no more`);
  const text = JSON.stringify(messages);
  assert.doesNotMatch(text, /candidate:|fingerprint|ufrag|\b\d{1,3}(\.\d{1,3}){3}\b|([0-9a-f]{1,4}:){2}/i, `${person.name} received nothing of a device`);
  for (const { intro } of await other.sent('accept')) {
    const { ufrag, pwd, fingerprint } = JSON.parse(intro);
    for (const secret of [ufrag, pwd, fingerprint]) {
      assert.ok(secret, 'the intro has ufrag, pwd and fingerprint');
      assert.ok(!text.includes(secret), `${person.name} received nothing of the other's intro`);
    }
  }
}
