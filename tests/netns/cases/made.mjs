// How a call was made, between two homes: the way is drawn as it is, changes with it, and what is saved tells neither home's address.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { data, openStory, saveStory } from '../../browser/lib/story.mjs';
import { assertLeaves, assertTalk, bothOpen, freshRoom, usually } from '../../browser/cases/talk.mjs';

const kMendLimit = 25_000; // ms; a browser takes 5 to 9 s to notice

const isDrawn = (person, way, limit) => until(`${person.name}: the way is ${way}`, async () => (await data(person, 'made-way', 'way')) === way, limit ? { limit } : {});
/** At which end the drawing has a router: `both`, `own`, `partner` or `none`. */
const hasRouters = (person, ...wanted) => until(`${person.name}: routers at ${wanted.join(' or ')}`, async () => {
  const seen = await data(person, 'made-way', 'routers');
  if (wanted.includes(seen)) return true;
  throw new Error(`${seen} in ${await person.text('made-pairs')}, ${await person.text('made-candidates')}`);
});
/** `behind`: who is behind a router. Where the browser has not told the address that a device itself has, none is drawn at its end: there is nothing to compare with. */
const hasThoseKnown = (person, ...behind) => until(`${person.name}: routers`, async () => {
  const { candidates } = JSON.parse(await saveStory(person));
  const known = behind.filter((end) => candidates.some(({ side, kind, place }) => side === end && kind === 'host' && place !== null));
  const seen = await data(person, 'made-way', 'routers');
  if (seen === (known.length === 2 ? 'both' : (known[0] ?? 'none'))) return true;
  throw new Error(`${seen}, with the own address known of: ${known}`);
});
const hasBytes = (person, name) => until(`${person.name}: ${name}`, async () => /[1-9]/.test((await person.text(name)) ?? ''));

function assertNobodyNamed(lab, text) {
  for (const address of [1, 2].flatMap((n) => lab.addressesOf(n))) assert.ok(!text.includes(address), `the file has ${address}`);
  return JSON.parse(text);
}

/** Those that still worked when the chosen one was taken, by what stands in the file. */
function rivalsOf(pairs, chosen) {
  const { from } = pairs[chosen].used.at(-1);
  const stillWorks = ({ states }) => states.some(({ state }, at) => state === 'works' && (states[at + 1]?.at ?? Infinity) > from);
  return pairs.filter((pair, at) => at !== chosen && stillWorks(pair));
}

/** The reason is the one that the pairs in the file leave: several over the relay may have worked. Their priorities are not in it. */
function assertWhy(why, pairs, chosen) {
  const rivals = rivalsOf(pairs, chosen);
  const { roundTripMs } = pairs[chosen];
  const isQuickest = roundTripMs !== null && rivals.every((rival) => rival.roundTripMs !== null && rival.roundTripMs > roundTripMs);
  const possible = rivals.length === 0 ? ['only'] : isQuickest ? ['priority', 'quick'] : ['priority'];
  assert.ok(possible.includes(why), `why this one: ${why}, and not ${possible.join(' or ')}: ${JSON.stringify({ chosen, pairs })}`);
}

async function meet(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
}

export function madeCases(scenario) {
  for (const kinds of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('the way is drawn straight between two homes, and over the relay once their routers let nothing through any more', kinds, ['port', 'port'], async ({ lab, server }, first, second) => {
      await meet(server, first, second);
      await assertTalk(first, second, 'direct');
      await openStory(first);
      await isDrawn(first, 'direct');
      await hasThoseKnown(first, 'own', 'partner');
      await hasBytes(first, 'made-bytes-direct');
      assert.doesNotMatch(await first.text('made-bytes-relayed'), /[1-9]/);
      lab.partHomes();
      try {
        await isDrawn(first, 'relayed', kMendLimit);
        // At the other end it is seen where the partner reaches this one's relay, and not where this one reaches theirs.
        await hasRouters(first, 'own', 'both');
        await hasBytes(first, 'made-bytes-relayed');
        const { pairs, chosen, why } = assertNobodyNamed(lab, await saveStory(first));
        assert.ok(rivalsOf(pairs, chosen).every(({ relayed }) => relayed), `a direct pair still worked when another was taken: ${JSON.stringify({ chosen, pairs })}`);
        assertWhy(why, pairs, chosen);
        assert.ok(pairs[chosen].relayed && pairs.some(({ relayed, sent }) => !relayed && sent > 0), `both ways are in the file: ${JSON.stringify({ chosen, pairs })}`);
      } finally {
        lab.joinHomes();
      }
      await first.press('made-dialog-close');
      await assertLeaves(first, second);
    });
  }

  for (const kinds of usually('chromium', 'firefox')) {
    scenario('a router is drawn at the end that has one, and nowhere else', kinds, ['port', 'open'], async ({ server }, first, second) => {
      await meet(server, first, second);
      await assertTalk(first, second, 'direct');
      for (const [person, behind] of [[first, 'own'], [second, 'partner']]) {
        await openStory(person);
        await isDrawn(person, 'direct');
        await hasThoseKnown(person, behind);
        await person.press('made-dialog-close');
      }
      await assertLeaves(first, second);
    });
  }

  // Last: what is kept as an example is a call that went as most do.
  for (const kinds of usually('chromium', 'chromium')) {
    scenario('what is saved of a call between two homes names neither', kinds, ['port', 'port'], async ({ lab, server }, first, second) => {
      await meet(server, first, second);
      await assertTalk(first, second, 'direct');
      await openStory(first);
      await isDrawn(first, 'direct');
      await until('the first picture', () => first.page.evaluate(() => document.querySelector('[data-phase=frame]') !== null));
      const saved = assertNobodyNamed(lab, await saveStory(first));
      assert.ok(saved.candidates.some(({ kind }) => kind === 'srflx' || kind === 'prflx'), 'a router has been seen');
      await first.press('made-dialog-close');
      await assertLeaves(first, second);
    });
  }
}
