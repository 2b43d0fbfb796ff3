// Pages of other people's, on the module the build writes: served from another origin than the server's.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Files } from '../lib/files.mjs';
import { until } from '../lib/poll.mjs';
import { scene } from '../lib/scene.mjs';
import { findBinary, Server } from '../lib/server.mjs';

const kTinyLinesMax = 30;
const kTinyLettersMax = 140; // as everywhere here
const kRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The module that was built with the program, so that both are of the same sources. */
function findModule() {
  const built = path.resolve(path.dirname(findBinary()), '../../web/module/visavis.js');
  assert.ok(existsSync(built), `the build has written ${built}`);
  return built;
}

const status = (person) => person.page.evaluate(() => document.getElementById('status').textContent);

/** `wanted`: each of these is in the tiny page's one line of status. */
function says(person, ...wanted) {
  return until(`${person.name} says ${wanted.join(' and ')}`, async () => {
    const text = await status(person);
    if (wanted.every((word) => text.includes(word))) return true;
    throw new Error(text);
  });
}

/** Of all that this page has ever sent. */
const liveTracks = (person) =>
  person.page.evaluate(() => {
    window.vvSent ??= new Set();
    for (const { track } of vvProbe.peers.flatMap((peer) => peer.getSenders())) if (track) window.vvSent.add(track);
    return [...window.vvSent].filter(({ readyState }) => readyState === 'live').length;
  });

const press = (person, act) => person.page.click(`[data-act="${act}"]`);

async function meetInRoom(...people) {
  for (const person of people) {
    await person.page.click('#meet');
    await says(person, person === people[0] ? 'call seeking' : 'call card');
  }
  for (const person of people) await press(person, 'accept');
}

async function assertCall(...people) {
  await Promise.all(people.map((person) => person.seesAndHears()));
  await Promise.all(people.map((person) => person.assertEncrypted()));
}

async function assertShown(...people) {
  for (const person of people) {
    await says(person, 'call connected');
    await until(`${person.name} is shown the picture`, () => person.page.evaluate(() => document.getElementById('picture').videoWidth > 0));
  }
}

/** The first one's key, opened by the second on the server's own page: both are bound to the server's host. */
async function meetByLink(server, first, second) {
  await first.page.click('#invite');
  await says(first, 'call seeking');
  const fragment = await first.page.evaluate(() => location.hash);
  await second.page.goto(`${server.origin}/p${fragment}`);
  await second.state('ready');
  await second.start();
  return fragment.replace('#1.', '');
}

/** The connection to the server breaks and comes back as the same session: the proof names the server's host, not the page's. */
async function assertComesBack(person) {
  await person.page.evaluate(() => vvProbe.sockets.at(-1).close());
  await until(`${person.name} comes back`, async () => (await person.received('welcome')).at(-1).resumed);
  await says(person, 'server open', 'call connected');
}

export function exampleCases(pool) {
  it(`the tiny page has no more than ${kTinyLinesMax} lines`, () => {
    const lines = readFileSync(path.join(kRoot, 'examples/tiny/tiny.js'), 'utf8').trimEnd().split('\n');
    assert.ok(lines.length <= kTinyLinesMax, `it has ${lines.length}`);
    assert.ok(lines.every(({ length }) => length <= kTinyLettersMax), 'of a usual length');
  });

  const kinds = ['chromium', 'firefox'];
  const name = `the tiny page, on another origin: ${kinds.join(', ')}`;
  it(name, { timeout: 120_000 }, async () => {
    const files = new Files({
      '/examples/tiny/': path.join(kRoot, 'examples/tiny'),
      '/web/dist/module/visavis.js': findModule(),
    });
    await files.start();
    const server = await Server.onLoopback(['--origins', files.origin]);
    try {
      await scene({ name, pool: pool(), server, kinds }, async (first, second) => {
        for (const person of [first, second]) {
          await person.page.goto(`${files.origin}/examples/tiny/?server=${server.origin}`);
          await says(person, 'server open');
        }
        await meetInRoom(first, second);
        await assertShown(first, second);
        await assertCall(first, second);
        await assertComesBack(first);
        const [{ device }, { device: other }] = await Promise.all([first, second].map(async (one) => (await one.sent('hello')).at(-1)));
        assert.ok(device && other && device !== other, 'each device has told a token of its own before it was introduced');
        for (const person of [first, second]) assert.equal(await liveTracks(person), 2, `${person.name} sends picture and sound`);
        await press(first, 'leave');
        await Promise.all([says(first, 'ended you'), says(second, 'ended left')]);
        for (const person of [first, second]) assert.equal(await liveTracks(person), 0, `${person.name}: nothing is on after the call`);
        const key = await meetByLink(server, first, second);
        await second.state('connected');
        await assertShown(first);
        await assertCall(first, second);
        for (const person of [first, second]) assert.ok(!JSON.stringify(await person.sent()).includes(key), `${person.name}: the key stays here`);
      });
    } finally {
      await server.stop();
      await files.stop();
    }
  });
}
