// A server that lies puts a forwarder into a direct call: it names that in place of the two devices, and says the same in its STUN answers
// (../../browser/lib/blind_forwarder.mjs). Neither page can see it; so neither may say more than is known, not even to two people who know
// each other's keys, nor whatever kind of address the forwarder's is said to be. Not even between devices that have addresses of their own in
// the world, whose call is proven where nobody lies.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withLyingServer } from '../../browser/lib/lying_server.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertTalk, bothFindSame, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { getFrom } from '../lib/ask.mjs';
import { kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { withDirectory } from '../lib/serve.mjs';
import { assertProvenOnceCompared } from './dual_stack.mjs';

const kLimit = { timeout: 120_000 };
const kLiarPort = 8091;
const kKinds = ['host', 'srflx'];
/** Homes whose devices have addresses of their own in the world; and homes behind routers that translate, where no call is proven by anybody. */
const kHomesAre = kIsLong ? ['open', 'port'] : ['open'];
const kUsual = ['host chromium firefox', 'srflx firefox chromium'];

/** @param {() => object} world the lab and its server, and the pool whose browsers have to make room */
export function forwarderCases(world) {
  for (const mode of kHomesAre) {
    for (const kind of kKinds) {
      for (const kinds of kPairs) {
        if (!kIsLong && !kUsual.includes([kind, ...kinds].join(' '))) continue;
        const title = `a call through a forwarder that a lying server tells of as "${kind}" is direct as far as both can tell, and never proven: ${kinds.join(', ')} behind ${mode}`;
        it(title, kLimit, () => oneCase(world(), { title, mode, kind, kinds }));
      }
    }
  }
}

async function oneCase({ lab, server, pool }, { title, mode, kind, kinds }) {
  await pool.close();
  for (const home of [1, 2]) lab.setMode(home, mode);
  const liar = { host: kServer, port: kLiarPort, real: server.origin, options: { forward: kind } };
  await withLyingServer(lab.enter('srv'), liar, async (origin) => {
    const own = new BrowserPool((browser, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), browser, { secureOrigins: [origin, server.origin] }));
    const scenery = { name: title, pool: own, server, kinds, evidence: () => passed(lab, origin) };
    try {
      if (mode === 'open' && (kIsLong || kind === kKinds[0])) await scene(scenery, (...people) => assertHonestIsProven(server, ...people));
      await scene(scenery, (...people) => withDirectory((at) => assertNotProven({ lab, origin, at }, ...people)));
    } finally {
      await own.close();
      for (const home of [1, 2]) lab.setMode(home, 'port');
    }
  });
}

/** The same two devices, by the server that does not lie. */
async function assertHonestIsProven(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await assertTalk(first, second, 'direct');
  await assertProvenOnceCompared(first, second);
}

/** What the forwarder has passed on, by seat. */
async function passed(lab, origin) {
  return JSON.parse((await getFrom(lab.enter('srv'), `${origin}/passed`)).body);
}

async function assertNotProven({ lab, origin, at }, first, second) {
  const capture = await lab.capture('h1', at('h1.pcap'));
  await bothOpen({ origin }, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await assertTalk(first, second, 'direct');
  await bothFindSame(first, second);

  // Each has told the other where its packets go, and heard that this is nowhere the other knows.
  const told = (person, which) => person.page.evaluate((list) => vvProbe[list].map(({ text }) => text).filter((text) => text.includes('"kind":"ends"')).map((text) => JSON.parse(text)), which);
  for (const person of [first, second]) {
    for (const which of ['said', 'heard']) {
      await until(`${person.name} has ${which} where packets go`, async () => (await told(person, which)).at(-1)?.to === kServer);
    }
  }
  for (const person of [first, second]) {
    assert.deepEqual((await told(person, 'said')).filter(({ met }) => met !== null), [], `${person.name} knows no such address of its own`);
    await assertClaims(person);
  }
  await capture.stop();
  assertForwarded(await passed(lab, origin), readCapture(at('h1.pcap')));
}

/** What this page says of the way, in the badge and in the story. */
async function assertClaims(person) {
  assert.equal((await person.attributes()).path, 'direct');
  assert.equal((await person.text('path-badge')).trim(), 'Direct');
  await person.showControls();
  await person.press('path-badge');
  const badge = await until(`${person.name} opens the badge`, () => person.text('path-text'));
  assert.match(badge, /as far as both can tell/);
  await person.press('call-made');
  const story = await until(`${person.name} opens the story`, () => person.text('made-way'));
  assert.match(story, /as far as the two can tell/);
  for (const said of [badge, story]) assert.doesNotMatch(said, /proven|no server|takes no part/i);
  await person.press('made-dialog-close');
}

/** The test of the test: it all went through the forwarder, whose lies both have heard. */
function assertForwarded(counts, packets) {
  for (const [seat, { rtp, dtls, answers }] of counts.entries()) {
    assert.ok(rtp > 100 && dtls > 0, `seat ${seat} got ${rtp} packets of RTP and ${dtls} of DTLS through the forwarder`);
    assert.ok(answers > 0, `seat ${seat} was lied to about where it is`);
  }
  const elsewhere = packets.filter(({ protocol, from, to, toPort }) => protocol === 'udp' && toPort !== 53 && ![from, to].includes(kServer) && !to.startsWith('224.'));
  assert.deepEqual([...new Set(elsewhere.map(({ from, to }) => `${from} to ${to}`))], [], 'nothing goes from home to home');
}
