// A call that is led to another way while its own still carries: whoever listens does not notice. It is led there by the test: the page
// leaves no way that carries by itself. From the restart on all is the page's own doing, offer, answer and candidates.
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

/** Runs in the page of the end that offers: ICE is restarted with the relay over TLS alone. */
function leaveForTls() {
  const { setConfiguration } = RTCPeerConnection.prototype;
  const overTls = (server) => ({ ...server, urls: [server.urls].flat().filter((url) => url.startsWith('turns:')) });
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    const iceServers = configuration.iceServers.map(overTls).filter(({ urls }) => urls.length > 0);
    return setConfiguration.call(this, { ...configuration, iceServers });
  };
  visavis.pc.setConfiguration(visavis.pc.getConfiguration());
  visavis.pc.restartIce();
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

/** Who makes the later offers: Firefox where only one end is one, else who made the first, which the other has answered. */
async function offererOf(people, kinds) {
  if (kinds[0] !== kinds[1]) return people[kinds.indexOf('firefox')];
  const answered = await Promise.all(people.map(({ page }) => page.evaluate(() => visavis.bodies.some(({ way, body }) => way === 'out' && body.kind === 'answer'))));
  assert.deepEqual([...answered].sort(), [false, true]);
  return people[answered.indexOf(false)];
}

async function assertUnnoticed({ name, server, kinds }, people) {
  await bothOpen(server, ...people);
  await meetAtCard(...people, await freshRoom(people[0]), { tickFirst: ['hide-address'], tickSecond: ['hide-address'] });
  await bothAccept(...people);
  await Promise.all(people.map((person) => person.seesAndHears()));
  for (const person of people) await person.attribute('leg', 'udp');
  const mover = await offererOf(people, kinds);
  await Promise.all(people.map(watchSound));
  await pass(mover, kAround);
  await mover.page.evaluate(leaveForTls);
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
