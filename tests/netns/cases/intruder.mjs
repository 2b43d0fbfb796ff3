// Two people have compared their safety code, and lose the path between them. While it is gone, and around all that they tell each other then, a
// server that lies says what would lead them to a listener of its own, and again what was said before (../../browser/lib/intruder.mjs). All of it
// comes, and none of it is heard. To the port that was told in plain go checks of ICE and nothing else; to the other nothing goes.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { digestOf, untold } from '../../browser/lib/intruder.mjs';
import { withLyingServer } from '../../browser/lib/lying_server.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertChat, assertTalk, bothFindSame, bothOpen, freshRoom, usually } from '../../browser/cases/talk.mjs';
import { getFrom } from '../lib/ask.mjs';
import { CallWatch } from '../lib/call_watch.mjs';
import { contents } from '../lib/classify.mjs';
import { Faults } from '../lib/faults.mjs';
import { kHomes, kServer } from '../lib/lab.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { withDirectory } from '../lib/serve.mjs';

const kLimit = { timeout: 120_000 };
const kLiarPort = 8092;
const kBackLimit = 60_000; // ms
const kOffMs = 3_000;
/** Where the listener is; and its ports: one that is told in plain, before there is a code, and one that is told while there is no path. */
const kListener = { address: '45.190.80.10', gateway: '45.190.80.1' };
const kPorts = { early: 5_001, late: 5_002 };

/** @param {() => object} world the lab and its server, and the pool whose browsers have to make room */
export function intruderCases(world) {
  for (const kinds of usually('chromium', 'firefox')) {
    const title = `nobody enters a call whose code was compared while its path is gone: ${kinds.join(', ')}`;
    it(title, kLimit, () => oneCase(world(), { title, kinds }));
  }
}

async function oneCase({ lab, server, pool }, { title, kinds }) {
  await pool.close();
  for (const home of [1, 2]) lab.setMode(home, 'port');
  const faults = new Faults(lab);
  lab.addSite('evil', kListener);
  try {
    const options = { intrude: { address: kListener.address, ...kPorts } };
    await withLyingServer(lab.enter('srv'), { host: kServer, port: kLiarPort, real: server.origin, options }, async (origin) => {
      const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [origin] }));
      try {
        const scenery = { name: title, pool: own, server, kinds, evidence: () => lab.mappings() };
        await scene(scenery, (...people) => withDirectory((at) => assertKeptOut({ lab, faults, origin, at }, ...people)));
      } finally {
        await own.close();
      }
    });
  } finally {
    await faults.close();
    lab.removeSite('evil');
  }
}

async function assertKeptOut({ lab, faults, origin, at }, ...people) {
  const ask = async (path) => JSON.parse((await getFrom(lab.enter('srv'), `${origin}${path}`)).body);
  const places = ['h1', 'h2', 'evil'];
  const captures = await Promise.all(places.map((short) => lab.capture(short, at(`${short}.pcap`))));
  await bothOpen({ origin }, ...people);
  await meetAtCard(...people, await freshRoom(people[0]));
  await bothAccept(...people);
  await assertTalk(...people, 'direct');
  await bothFindSame(...people);
  const digits = await Promise.all(people.map(compared));
  assert.equal(digits[0], digits[1]);

  const before = await Promise.all(people.map(bodiesOf));
  const watch = await CallWatch.begin(...people);
  await Promise.all([faults.rebootRouter(1, kOffMs), until('the path is interrupted', () => people[1].has('shaky')).then(() => ask('/intrude'))]);
  await until('a restart has been answered, and the path is back', async () => {
    const ends = await watch.read();
    const shaky = await Promise.all(people.map((person) => person.has('shaky')));
    if (ends[0].restarts.length > 0 && shaky.every((is) => !is)) return true;
    throw new Error(JSON.stringify({ shaky, restarts: ends[0].restarts }));
  }, { limit: kBackLimit, every: 250 });
  await assertTalk(...people, 'direct');
  for (const { states } of await watch.end()) assert.deepEqual(states, ['connected'], 'it is one call throughout');

  const injections = await ask('/injections');
  const after = await Promise.all(people.map(bodiesOf));
  for (const [index, person] of people.entries()) {
    await assertDelivered(person, injections[kHomes[index + 1].wan]);
    const since = (one, way) => after[one][way].slice(before[one][way].length);
    const heard = since(index, 'in');
    assert.ok(heard.some(({ kind }) => ['offer', 'answer'].includes(kind)), `${person.name} has heard of the restart`);
    assert.deepEqual(untold(heard, since(1 - index, 'out')), [], `${person.name} has heard what its partner told, and once`);
    assert.deepEqual(await person.page.evaluate(() => visavis.faults), []);
  }
  for (const person of people) {
    const early = (await person.received()).filter(({ type }) => ['accepted', 'relay'].includes(type)).some((message) => JSON.stringify(message).includes(`${kListener.address} ${kPorts.early} `));
    assert.ok(early, `${person.name} was told of the listener in plain`);
  }
  await assertChat(...people);
  assert.deepEqual(await Promise.all(people.map(compared)), digits, 'the code is the one that was compared, and stands so');
  for (const capture of captures) await capture.stop();
  assertNothingSent(...places.map((short) => readCapture(at(`${short}.pcap`))));
}

/** What this page has told its partner and heard of it, as far as it took it for the partner's. */
function bodiesOf(person) {
  return person.page.evaluate(() => {
    const of = (wanted) => visavis.bodies.filter(({ way }) => way === wanted).map(({ body }) => body);
    return { in: of('in'), out: of('out') };
  });
}

/** The code, which the page says is the same. */
async function compared(person) {
  await person.attribute('safety', 'code');
  await person.showControls();
  await person.press('path-badge');
  await person.press('code-open');
  await until(`${person.name}: the code stands as compared`, () => person.page.evaluate(() => document.querySelector('[data-testid="code-standing"]')?.dataset.standing === 'same'));
  const digits = await until(`${person.name}: the code`, () => person.text('code-digits'));
  assert.equal(await person.has('code-warning'), false);
  await person.press('code-dialog-close');
  return digits;
}

/** The test of the test: every one of them has come to this page, and some of every kind. */
async function assertDelivered(person, injections) {
  const came = new Map((await person.received('relay')).map(({ seq, body }) => [seq, digestOf(body)]));
  const kinds = new Set(injections.map(({ what }) => what));
  assert.deepEqual([...kinds].sort(), ['forged', 'reflected', 'replayed', 'spoilt']);
  assert.deepEqual(injections.filter(({ seq, digest }) => came.get(seq) !== digest).map(({ seq, what }) => `${what} ${seq}`), [], `${person.name} was told all ${injections.length}`);
}

/**
 * Counted are packets of UDP and TCP. To the port that was told in plain may go what finds out whether somebody is there, and that comes: the
 * listener can be reached. Not always from both homes: one of two Firefoxes was seen not to ask. To the other port goes nothing at all.
 */
function assertNothingSent(first, second, listener) {
  const asked = listener.filter(({ to, toPort }) => to === kListener.address && toPort === kPorts.early).map(({ from }) => from);
  assert.ok([1, 2].some((home) => asked.includes(kHomes[home].wan)), 'the listener is asked at the port that was told in plain');
  for (const [index, packets] of [first, second].entries()) {
    const name = `home ${index + 1}`;
    const sent = packets.filter(({ protocol, to }) => to === kListener.address && ['udp', 'tcp'].includes(protocol));
    const kinds = new Set(sent.map(({ protocol, toPort, payload }) => `${protocol} ${toPort} ${contents(payload)}`));
    kinds.delete(`udp ${kPorts.early} stun`);
    assert.deepEqual([...kinds], [], `what else ${name} has sent there`);
    const rtp = packets.filter(({ protocol, to, payload }) => protocol === 'udp' && to === kHomes[2 - index].wan && contents(payload).includes('rtp'));
    assert.ok(rtp.length > 100, `${name} has sent its ${rtp.length} packets of RTP to the other home`);
  }
}
