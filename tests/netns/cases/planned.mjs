// A call that is led to another way while its own still carries: whoever listens does not notice. It is led there by the test, since the page
// leaves no way that carries, and browsers stay on the better one: of two that work Chromium (156) takes the one of the higher priority, and the
// newer only where they are the same. All else is the page's own doing, offer, answer and candidates.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { makeSignedCertificate } from '../../program/certificates.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kName, serveOn443, withDirectory } from '../lib/serve.mjs';
import { kGapMax, pass, sound, watchSound } from '../lib/sound_flow.mjs';

const kLimit = { timeout: 120_000 };
const kUsual = ['chromium firefox'];
/** Before the change and after it. */
const kAround = 5; // s

/** Runs in the page before a call: it has its relay in one way alone, over UDP until `leaveForTls`. */
function keepToUdp() {
  window.vvWay = (url) => url.startsWith('turn:') && url.endsWith('transport=udp');
  const { setConfiguration } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    window.vvWhole = configuration;
    const kept = configuration.iceServers.map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => window.vvWay(url)) }));
    return setConfiguration.call(this, { ...configuration, iceServers: kept.filter(({ urls }) => urls.length > 0) });
  };
}

/** Runs in the page: with the next restart of ICE it has its relay over TLS alone, which it tells the partner to be as good as the one it had. */
function leaveForTls(priority) {
  window.vvWay = (url) => url.startsWith('turns:');
  const { get } = Object.getOwnPropertyDescriptor(RTCIceCandidate.prototype, 'candidate');
  Object.defineProperty(RTCIceCandidate.prototype, 'candidate', {
    get() {
      return get.call(this).replace(/^(candidate:\S+ 1 udp )\d+ (?=.* typ relay)/i, `$1${priority} `);
    },
  });
  visavis.pc.setConfiguration(window.vvWhole);
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function plannedCases(world) {
  for (const kinds of kPairs) {
    if (!kIsLong && !kUsual.includes(kinds.join(' '))) continue;
    const name = `sound goes on while a relayed call is led from UDP to TLS: ${kinds.join(', ')}`;
    it(name, kLimit, () =>
      withDirectory(async (at) => {
        const { lab, pool } = world();
        await pool.close();
        for (const home of [1, 2]) {
          lab.setMode(home, 'port');
          lab.nameServer(home, kName);
        }
        const { cert, key, ca } = makeSignedCertificate(at('.'), kName);
        const server = await serveOn443(lab, { cert, key });
        const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { trust: ca }));
        try {
          await scene({ name, pool: own, server, kinds, evidence: () => lab.mappings() }, (...people) => assertUnnoticed({ name, server, kinds }, people));
        } finally {
          await own.close();
          await server.stop();
        }
      }),
    );
  }
}

/** Who answered the first offer: it has no say in which of two ways is taken. @returns its place */
async function answererOf(people) {
  const answered = await Promise.all(people.map(({ page }) => page.evaluate(() => visavis.bodies.some(({ way, body }) => way === 'out' && body.kind === 'answer'))));
  assert.deepEqual([...answered].sort(), [false, true]);
  return answered.indexOf(true);
}

/** How good its way to the relay over UDP is, by its own word. */
const priorityOf = (person) =>
  person.page.evaluate(() => {
    const told = visavis.bodies.filter(({ way, body }) => way === 'out' && body.kind === 'candidates').flatMap(({ body }) => body.list.map(({ candidate }) => candidate));
    return Math.max(...told.map((candidate) => Number(/^candidate:\S+ 1 udp (\d+) /i.exec(candidate)?.[1] ?? 0)));
  });

async function assertUnnoticed({ name, server, kinds }, people) {
  await bothOpen(server, ...people);
  for (const { page } of people) await page.evaluate(keepToUdp);
  await meetAtCard(...people, await freshRoom(people[0]), { tickFirst: ['hide-address'], tickSecond: ['hide-address'] });
  await bothAccept(...people);
  await Promise.all(people.map((person) => person.seesAndHears()));
  for (const person of people) await person.attribute('leg', 'udp');
  const moving = await answererOf(people);
  const mover = people[moving];
  // Of a Firefox and another the Firefox makes the later offers, of two alike the one that made the first.
  const offerer = kinds[0] === kinds[1] ? people[1 - moving] : people[kinds.indexOf('firefox')];
  await Promise.all(people.map(watchSound));
  await pass(mover, kAround);
  await mover.page.evaluate(leaveForTls, await priorityOf(mover));
  await offerer.page.evaluate(() => visavis.pc.restartIce());
  await mover.attribute('leg', 'tls');
  await pass(mover, kAround);
  for (const person of people) {
    const { looks, longest, watched } = await sound(person);
    console.log(`${name}; ${person.name}${person === mover ? ' (who moved)' : ''}: the longest gap ${Math.round(longest)} ms`);
    assert.ok(looks >= 2 * kAround * 5 && watched >= 1.9 * kAround * 1_000, `looked ${looks} times in ${Math.round(watched)} ms`);
    assert.ok(longest <= kGapMax, `${Math.round(longest)} ms`);
  }
  await Promise.all(people.map((person) => person.seesAndHears()));
}
