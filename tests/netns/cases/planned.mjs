// A call that is led to another way while its own still carries: whoever listens does not notice. It is led there by the test, since the page
// leaves no way that carries, and browsers stay on the better one: of two that work Chromium (156) takes the one of the higher priority, and the
// newer only where they are the same. All else is the page's own doing, offer, answer and candidates.
//
// Both ends have to find the new way better: one that does not makes no check of it until nothing has come by the old one for 2.5 s, and by then
// the relay lets nothing more through on a way that the other end has left (256 KiB for each packet that comes back). So each is told of the
// other's first way that it is the worst there is, and of the second as it is.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RelayCounts } from '../../browser/lib/relay_counts.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { makeSignedCertificate } from '../../program/certificates.mjs';
import { getFrom } from '../lib/ask.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kName, serveOn443, withDirectory } from '../lib/serve.mjs';
import { kGapMax, pass, sound, watchSound } from '../lib/sound_flow.mjs';

const kLimit = { timeout: 120_000 };
/** Every day this pair alone, with this one of them moving; with `--long` all pairs, and each end. */
const kUsual = { kinds: ['chromium', 'firefox'], moving: 0 };
const kMetrics = '127.0.0.1:9486';
/** Before the change and after it. */
const kAround = 5; // s

/** Runs in the page before a call: it has its relay in one way alone, over UDP until `leaveForTls`, and says of it that none is worse. */
function keepToUdp() {
  window.vvWay = (url) => url.startsWith('turn:') && url.endsWith('transport=udp');
  const { setConfiguration } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    window.vvWhole = configuration;
    const kept = configuration.iceServers.map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => window.vvWay(url)) }));
    return setConfiguration.call(this, { ...configuration, iceServers: kept.filter(({ urls }) => urls.length > 0) });
  };
  window.vvCandidate = Object.getOwnPropertyDescriptor(RTCIceCandidate.prototype, 'candidate');
  Object.defineProperty(RTCIceCandidate.prototype, 'candidate', {
    ...window.vvCandidate,
    get() {
      return window.vvCandidate.get.call(this).replace(/^(candidate:\S+ 1 udp )\d+ (?=.* typ relay)/i, '$11 ');
    },
  });
}

/** Runs in the page: what it finds from now on it tells as it is. */
function tellTruly() {
  Object.defineProperty(RTCIceCandidate.prototype, 'candidate', window.vvCandidate);
}

/**
 * Runs in the page: with the next restart of ICE it has its relay over TLS alone. What the partner finds for it is heard once this end looks for
 * its own: before that Chromium would try it by the old way, which were better than either of the two.
 */
function leaveForTls() {
  window.vvWay = (url) => url.startsWith('turns:');
  const { setLocalDescription, addIceCandidate } = RTCPeerConnection.prototype;
  const looks = new Promise((resolve) => {
    RTCPeerConnection.prototype.setLocalDescription = async function (...args) {
      await setLocalDescription.apply(this, args);
      resolve();
    };
  });
  RTCPeerConnection.prototype.addIceCandidate = async function (candidate) {
    void looks.then(() => addIceCandidate.call(this, candidate));
  };
  visavis.pc.setConfiguration(window.vvWhole);
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function plannedCases(world) {
  const usual = kIsLong ? kPairs.flatMap((kinds) => [0, 1].map((moving) => ({ kinds, moving }))) : [kUsual];
  for (const { kinds, moving } of usual) {
    const name = `sound goes on while a relayed call is led from UDP to TLS: ${kinds.join(', ')}, of whom person ${moving + 1} moves`;
    it(name, kLimit, () =>
      withDirectory(async (at) => {
        const { lab, pool } = world();
        await pool.close();
        for (const home of [1, 2]) {
          lab.setMode(home, 'port');
          lab.nameServer(home, kName);
        }
        const { cert, key, ca } = makeSignedCertificate(at('.'), kName);
        const server = await serveOn443(lab, { cert, key, more: ['--metrics-listen', kMetrics] });
        const counts = new RelayCounts(async () => (await getFrom(lab.enter('srv'), `http://${kMetrics}/metrics`)).body);
        const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { trust: ca }));
        const evidence = async () => ({ mappings: lab.mappings(), dropped: await counts.dropped() });
        try {
          await scene({ name, pool: own, server, kinds, evidence }, (...people) => assertUnnoticed({ name, server, counts, moving }, people));
        } finally {
          await own.close();
          await server.stop();
        }
      }),
    );
  }
}

/** Of a Firefox and another the Firefox makes the later offers, of two alike the one that made the first. */
async function offererOf(people) {
  const kinds = people.map(({ browser }) => browser.kind);
  if (kinds[0] !== kinds[1]) return people[kinds.indexOf('firefox')];
  const answered = await Promise.all(people.map(({ page }) => page.evaluate(() => visavis.bodies.some(({ way, body }) => way === 'out' && body.kind === 'answer'))));
  assert.deepEqual([...answered].sort(), [false, true]);
  return people[answered.indexOf(false)];
}

async function assertUnnoticed({ name, server, counts, moving }, people) {
  await bothOpen(server, ...people);
  for (const { page } of people) await page.evaluate(keepToUdp);
  await meetAtCard(...people, await freshRoom(people[0]), { tickFirst: ['hide-address'], tickSecond: ['hide-address'] });
  await bothAccept(...people);
  await Promise.all(people.map((person) => person.seesAndHears()));
  for (const person of people) await person.attribute('leg', 'udp');
  const mover = people[moving];
  const offerer = await offererOf(people);
  await Promise.all(people.map(watchSound));
  await pass(mover, kAround);
  for (const { page } of people) await page.evaluate(tellTruly);
  await mover.page.evaluate(leaveForTls);
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
  // Neither end was made to leave the old way, by what was sent on it going nowhere.
  await counts.published();
  await counts.assertUnharmed();
}
