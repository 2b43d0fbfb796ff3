// How a call was made: its facts beside the steps in the call and after it, the example without one, the file, and what opens it again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { withoutServer } from '../lib/lost.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { data, giveFiles, openStory, saveStory, storyOf, toldFacts } from '../lib/story.mjs';
import { assertLeaves, bothOpen, freshRoom, unlikeInTurn, usually } from './talk.mjs';

const kFingerprint = /sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})/g;

const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));
const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)));
const path = (person) => person.page.evaluate(() => location.pathname);
const phases = (person) => person.page.evaluate(() => [...document.querySelectorAll('[data-testid=made-times] [data-phase]')].map((row) => row.dataset.phase));

/** How many messages the page says that it sent and received for this call, and how many crossed its WebSocket since it was matched. */
const signalingOf = (person) =>
  person.page.evaluate(() => {
    const words = [...document.querySelector('[data-testid=made-signaling]').querySelectorAll('dd')].map((row) => /\d+/.exec(row.textContent)?.[0]);
    const matched = vvProbe.received.find(({ text }) => JSON.parse(text).type === 'matched');
    return { words, sent: vvProbe.sent.filter(({ at }) => at >= matched.at).length, received: vvProbe.received.length - vvProbe.received.indexOf(matched) - 1 };
  });

/** Everything that this browser and this page know of the call and that nobody else should. */
async function secretsOf(person) {
  const found = await person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    const candidates = entries.filter(({ type }) => type === 'local-candidate' || type === 'remote-candidate');
    const { localDescription, remoteDescription } = visavis.pc;
    const inSdp = [localDescription, remoteDescription].flatMap(({ sdp }) => [...sdp.matchAll(/^a=(?:ice-ufrag|ice-pwd|fingerprint:sha-256 ?):?(\S+)/gm)].map(([, value]) => value));
    return {
      addresses: candidates.map(({ address }) => address).filter((address) => address),
      // What no browser shares with another program, and no count of a short call comes to by chance at both ends.
      ports: candidates.map(({ port }) => port).filter((port) => port > 1_024),
      names: [...inSdp, visavis.session.session, location.host, navigator.userAgent, ...Object.values(localStorage), ...Object.values(sessionStorage)],
    };
  });
  const [matched] = await person.received('matched');
  return { ...found, names: [...found.names, matched.call, matched.room].filter((name) => typeof name === 'string' && name.length > 5) };
}

function assertNothingSecret(text, { addresses, ports, names }) {
  assert.ok(addresses.length > 0 && ports.length > 0 && names.length > 4, JSON.stringify({ addresses, ports, names }));
  for (const secret of [...addresses, ...names]) assert.ok(!text.includes(secret), `the file has ${secret}`);
  for (const port of ports) assert.ok(!new RegExp(`\\b${port}\\b`).test(text), `the file has the port ${port}`);
  assert.doesNotMatch(text, /(?:[0-9A-F]{2}:){4}|\d+\.\d+\.\d+\.\d+|\.local|candidate:|a=/);
  const { kind, version } = JSON.parse(text);
  assert.deepEqual([kind, version], ['visavis.call', 1]);
}

/** What stands there of the encryption is what the browser counts, where it does. */
async function assertLock(person) {
  const { dtls } = await person.summary();
  const words = await person.text('made-lock');
  const untold = /This browser does not tell\./;
  assert.match(words, dtls.version === null ? untold : dtls.version === 'FEFC' ? /DTLS 1\.3/ : /DTLS 1\.2/);
  for (const name of [dtls.cipher, dtls.srtp]) assert.ok(name === null ? untold.test(words) : words.includes(name), `${name} in ${words}`);
  return [...words.matchAll(kFingerprint)].map(([, digest]) => digest);
}

/** A saved call. */
const kGood = readFileSync(new URL('../../../web/app/guide/made/example.json', import.meta.url), 'utf8');
const kBad = [
  ['', 'json'],
  ['{"kind":"visavis.call","version":1', 'json'],
  ['{"kind":"something else"}', 'kind'],
  ['{"kind":"visavis.call","version":2}', 'version'],
  ['{"kind":"visavis.call","version":1}', 'shape'],
  [' '.repeat(600_000), 'large'],
];

export function madeCases(scenario) {
  for (const pair of unlikeInTurn()) {
    scenario('in a call its facts stand beside the steps, and the call goes on', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      const fingerprints = [];
      for (const person of [first, second]) {
        await openStory(person);
        await until('the pair in use', async () => (await data(person, 'made-why', 'why')) !== null);
        assert.ok(['direct', 'local'].includes(await data(person, 'made-way', 'way')));
        await until(`${person.name}: as many messages as went over the WebSocket`, async () => {
          const { words, sent, received } = await signalingOf(person);
          if (words.join() === `${sent},${received}`) return true;
          throw new Error(JSON.stringify({ words, sent, received }));
        });
        assert.match(await person.text('made-signaling'), /\d+ messages, [\d.]+ ?kB/);
        assert.match(await person.text('made-candidates'), /of its own/);
        const used = () => person.page.evaluate(() => document.querySelector('[data-testid=made-pairs] .pair-words li[data-state=works] strong')?.textContent.trim());
        await until('a pair that works is in use', async () => (await used()) === 'In use');
        await until('the first picture', async () => (await phases(person)).join() === 'yes,describe,connect,frame');
        const before = await person.text('made-bytes-direct');
        await until('the bytes are counted on', async () => (await person.text('made-bytes-direct')) !== before);
        assert.doesNotMatch(await person.text('made-bytes-relayed'), /[1-9]/);
        fingerprints.push(await assertLock(person));
        await assertAddressesHidden(person);
      }
      const [[own, partner], theirs] = fingerprints;
      assert.deepEqual(theirs, [partner, own], 'each end names the certificates of both');
      await first.page.press('Escape');
      await second.press('made-dialog-close');
      for (const person of [first, second]) {
        await isGone(person, 'made-dialog');
        await person.state('connected');
        assert.equal(await path(person), '/');
      }
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await assertLeaves(first, second);
    });
  }

  for (const pair of usually('chromium', 'firefox')) {
    scenario('a relayed call is drawn and counted as one, at both ends', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['hide-address'] });
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      for (const person of [first, second]) {
        await openStory(person);
        await until('the way', async () => (await data(person, 'made-way', 'way')) === 'relayed');
        await until('bytes over the relay', async () => /[1-9]/.test((await person.text('made-bytes-relayed')) ?? ''));
      }
      await until('why', async () => (await data(first, 'made-why', 'why')) === 'relay_alone');
      await first.press('made-dialog-close');
      await assertLeaves(first, second);
    });
  }

  for (const kinds of [['chromium'], ['firefox']]) {
    scenario('without a call an example stands beside the steps, and is called one', kinds, async (server, one) => {
      await one.open(`${server.origin}/how`);
      await storyOf(one, 'example');
      assert.match(await one.text('made-source'), /example/);
      for (const name of ['made-way', 'made-signaling', 'made-candidates', 'made-pairs', 'made-why', 'made-lock', 'made-times']) assert.ok(await one.has(name), name);
      // There is nothing of one's own to save or to show.
      for (const name of ['made-save', 'made-show']) assert.equal(await one.has(name), false, name);
      await one.press('how-made');
      await shows(one, 'screen-made');
      assert.equal(await path(one), '/made');
      await one.goBack();
      await shows(one, 'screen-how');
    });

    scenario('a file that is no saved call is refused with what to do, and a good one is taken after it', kinds, async (server, one) => {
      await one.open(`${server.origin}/made`);
      await shows(one, 'made-file');
      const flaw = (why) => until(`it is ${why}`, async () => (await data(one, 'made-flaw', 'why')) === why);
      for (const how of ['chosen', 'dropped']) {
        for (const [text, why] of kBad) {
          await giveFiles(one, [text], how);
          await flaw(why);
          assert.match(await one.text('made-flaw'), /\. \S.*\.$/, 'what is wrong, and what to do');
          assert.equal(await one.has('made-source'), false);
          await giveFiles(one, [kGood], how);
          await storyOf(one, 'file');
          assert.equal(await one.has('made-flaw'), false);
        }
      }
      await giveFiles(one, ['{}', '{}'], 'dropped');
      await flaw('several');
    });
  }

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('what is saved of a call has nothing secret in it, and tells the same when it is opened', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await openStory(first);
      await until('the first picture', async () => (await phases(first)).includes('frame'));
      const secrets = await secretsOf(first);
      assertNothingSecret(await saveStory(first), secrets);
      await first.press('made-dialog-close');
      await assertLeaves(first, second);

      await first.press('menu-how');
      await storyOf(first, 'last');
      const before = await toldFacts(first);
      const text = await saveStory(first);
      assertNothingSecret(text, secrets);
      await first.press('how-made');
      await shows(first, 'made-file');
      await withoutServer(first, async () => {
        await giveFiles(first, ['no call'], 'chosen');
        await shows(first, 'made-flaw');
        await giveFiles(first, [text], 'dropped');
        await storyOf(first, 'file');
        assert.equal(await first.has('made-flaw'), false);
        assert.deepEqual(await toldFacts(first), before);
        assert.match(await first.text('made-lock'), /Left out of what is saved\./);
        for (const name of ['made-save', 'made-show']) assert.equal(await first.has(name), false, name);
      });
      // Anybody can open it, in another browser and without having been there.
      await second.open(`${server.origin}/made`);
      await shows(second, 'made-file');
      await giveFiles(second, [text], 'chosen');
      await storyOf(second, 'file');
      assert.equal((await toldFacts(second))['made-times'], before['made-times']);
    });
  }
}

/** Addresses are letters until they are asked for. */
async function assertAddressesHidden(person) {
  const addresses = await person.page.evaluate(async () =>
    [...(await visavis.pc.getStats()).values()].filter(({ type }) => type === 'local-candidate').map(({ address }) => address).filter((address) => address));
  assert.ok(addresses.length > 0);
  const isNamed = async () => {
    const words = await person.text('made-dialog');
    return addresses.some((address) => words.includes(address));
  };
  assert.equal(await isNamed(), false, 'no address is to be seen');
  await person.page.evaluate(() => void (document.querySelector('.addresses').open = true));
  await person.press('made-show');
  await until('the addresses', isNamed);
  await person.press('made-show');
  await until('no address', async () => !(await isNamed()));
}
