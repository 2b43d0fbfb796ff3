// The consent gate on the way to an ordinary peer, which is what most relayed calls have at one end: calls of a high bit rate of which one
// end alone is relayed, over UDP and over TLS, with traffic both ways and with hardly any that comes back, and over a restart of ICE. (With both
// ends relayed: ../../browser/cases/relay.mjs.)
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { receivesAtRate, sendBulk } from '../../browser/lib/bulk.mjs';
import { restartOnce } from '../../browser/lib/lost.mjs';
import { mediaReceived, sendNoise, sendNothing } from '../../browser/lib/noise.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RelayCounts } from '../../browser/lib/relay_counts.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { alikeInTurn, assertTalk, bothOpen, freshRoom, kPairs, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { makeSignedCertificate } from '../../program/certificates.mjs';
import { getFrom } from '../lib/ask.mjs';
import { kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kName, serveOn443, serveUdpAlone, withDirectory } from '../lib/serve.mjs';

const kLimit = { timeout: 240_000 };
const kMetrics = '127.0.0.1:9485';
// With one thread, so that whatever goes from one relayed address to another takes the short way, which is counted.
const kCounted = ['--metrics-listen', kMetrics, '--threads', '1'];

/** Bits a second each way, beside picture and sound. An allocation may have 8 000 000, with all that is around them. */
const kBothWays = { sent: 5_500_000, received: 4_500_000 };
/** The same of one way, which is a picture. A Firefox gives as many bits to large pictures alone, and no device has the time for many of those. */
const kOneWay = {
  chromium: { picture: { width: 640, height: 480, fps: 15, bitsPerSecond: 7_000_000 }, received: 5_000_000 },
  firefox: { picture: { width: 1280, height: 720, fps: 8, bitsPerSecond: 5_000_000 }, received: 3_500_000 },
};
const kRampLimit = 60_000; // ms
/** Longer than the consent of one answer lasts (`turn.consent_seconds`). */
const kLongerThanConsent = 35_000; // ms
const kKeptAtLeast = 10_000; // ms
/** Of 256 KiB that may go out for each packet that comes back so much does, or the case asks for nothing. */
const kOutForEachIn = 8_192; // bytes

/** Of all packets, from one relayed address to another: checks, where the partner tries a relay of its own in a restart. */
const kShortMax = 0.02;

/** How whoever hides the address reaches the relay: the server, their browsers, and the router of that home. */
const kLegs = {
  udp: {
    router: 'port',
    async serve(lab) {
      const server = await serveUdpAlone(lab, kCounted);
      return { server, browser: { secureOrigins: [server.origin] } };
    },
  },
  tls: {
    router: 'web',
    async serve(lab, folder) {
      const { cert, key, ca } = makeSignedCertificate(folder, kName);
      return { server: await serveOn443(lab, { cert, key, more: kCounted }), browser: { trust: ca } };
    },
  },
};

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function gateCases(world) {
  /** `body(call, hiding, partner)`, once they talk. */
  const scenario = (name, leg, kinds, body) => {
    const title = `${name}, one end relayed over ${leg.toUpperCase()} and the other an ordinary peer: ${kinds.join(', ')}`;
    it(title, kLimit, () =>
      withDirectory(async (at) => {
        const { lab, pool } = world();
        await pool.close();
        lab.setMode(1, kLegs[leg].router);
        lab.setMode(2, 'port');
        for (const home of [1, 2]) lab.nameServer(home, kName);
        const { server, browser } = await kLegs[leg].serve(lab, at('.'));
        const counts = new RelayCounts(async () => (await getFrom(lab.enter('srv'), `http://${kMetrics}/metrics`)).body);
        const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, browser));
        try {
          await scene({ name: title, pool: own, server, kinds, evidence: () => counts.dropped() }, async (hiding, partner) => {
            await bothOpen(server, hiding, partner);
            await meetAtCard(hiding, partner, await freshRoom(hiding), { tickFirst: ['hide-address'] });
            await bothAccept(hiding, partner);
            await assertTalk(hiding, partner, 'relayed');
            await assertOneRelayed(leg, hiding, partner);
            await body({ title, counts }, hiding, partner);
            await assertOneRelayed(leg, hiding, partner);
            await counts.published();
            await counts.assertUnharmed();
          });
        } finally {
          await own.close();
          await server.stop();
        }
      }),
    );
  };

  for (const kinds of alikeInTurn()) scenario('a call of a high bit rate over a restart of ICE', 'udp', kinds, assertFastBothWays);
  for (const kinds of unlikeInTurn()) scenario('a call of a high bit rate over a restart of ICE', 'tls', kinds, assertFastBothWays);
  // Where a busy machine takes its time for the restart, more than 256 KiB may go out before anything comes back by the same pair.
  if (!kIsLong) return;
  for (const kinds of kPairs) scenario('a picture of a high bit rate to who sends nothing, over a restart of ICE', 'udp', kinds, assertFastOneWay);
}

/** The partner has a way of its own to the other's relay, and no packet takes the short one between two relays. */
async function assertOneRelayed(leg, hiding, partner) {
  await hiding.attribute('leg', leg);
  const [own, theirs] = await Promise.all([hiding, partner].map((person) => person.summary()));
  assert.equal(own.local.type, 'relay', `${hiding.name} talks through the relay`);
  assert.ok(['host', 'srflx', 'prflx'].includes(theirs.local.type), `${partner.name} talks by itself, not by ${theirs.local.type}`);
  assert.equal(theirs.remote.address, kServer, `${partner.name} talks to the relay`);
}

async function assertFastBothWays({ counts }, hiding, partner) {
  const people = [hiding, partner];
  await sendBulk(people, kBothWays.sent);
  const areFast = () => Promise.all(people.map((person) => receivesAtRate(person, kBothWays.received)));
  await areFast();
  await restartOnce(hiding, partner);
  await areFast();
  await Promise.all(people.map((person) => person.seesAndHears()));
  await assertNoneShort(counts);
}

async function assertFastOneWay({ title, counts }, hiding, partner) {
  const { picture, received } = kOneWay[hiding.browser.kind];
  await sendNothing(partner);
  const began = await mediaReceived(partner);
  await sendNoise(hiding, picture);
  await untilFast(partner, received);
  const before = await passed(counts);
  await assertKeepsRate(partner, received, began.at + kLongerThanConsent);
  const { out, back, unheard } = await passed(counts, before);
  console.log(`${title}: ${out} bytes went out and ${back} packets came back, one for each ${Math.round(out / back)}; ${unheard} were dropped since nothing came back for too long`);
  assert.ok(out / back >= kOutForEachIn, `${Math.round(out / back)} bytes went out for each packet that came back`);
  await restartOnce(hiding, partner);
  // After it the page has a picture of a usual size sent again.
  await sendNoise(hiding, picture);
  await untilFast(partner, received);
  await assertNoneShort(counts);
}

/** What went out to peers in bytes, and came back in packets, since `before`. */
async function passed(counts, before = { out: 0, back: 0, unheard: 0 }) {
  await counts.published();
  const [out, back, unheard] = await Promise.all([counts.sum('bytes_total', 'direction="to_peer"'), counts.sum('packets_total', 'direction="to_client"'), counts.sum('dropped_total', 'reason="unheard"')]);
  return { out: out - before.out, back: back - before.back, unheard: unheard - before.unheard };
}

const bitsBetween = (before, now) => ((now.bytes - before.bytes) * 8000) / (now.at - before.at);

/** Browsers find out little by little how much a way carries. */
async function untilFast(person, wanted) {
  let before = await mediaReceived(person);
  let rate = 0;
  await until(`${person.name} receives ${wanted} bits a second`, async () => {
    const now = await mediaReceived(person);
    if (now.at - before.at >= 1_000) {
      rate = bitsBetween(before, now);
      before = now;
    }
    if (rate < wanted) throw new Error(`${Math.round(rate)} bits a second`);
    return true;
  }, { limit: kRampLimit });
}

/** Half of it on average, for some seconds at least and until then by the clock of this person's page: a busy machine has no more at times. */
async function assertKeepsRate(person, wanted, end) {
  const before = await mediaReceived(person);
  const last = Math.max(end, before.at + kKeptAtLeast);
  let now = before;
  await until('so long', async () => (now = await mediaReceived(person)).at >= last, { limit: last - before.at + 20_000, every: 500 });
  const rate = bitsBetween(before, now);
  assert.ok(rate >= wanted / 2, `${person.name} received ${Math.round(rate)} bits a second`);
}

async function assertNoneShort(counts) {
  const [short, sent] = await Promise.all([counts.sum('hairpinned_total'), counts.sum('packets_total', 'direction="to_peer"')]);
  assert.ok(short <= sent * kShortMax, `${short} of ${sent} packets went from one relayed address to another`);
}
