// Who hides the address hides it from the first packet to the last, whatever the partner or the server says: every packet that leaves the
// device is looked at, every candidate the page tells, and everything that the partner's page can learn. The server lies throughout
// (../../browser/lib/lying_server.mjs), and the way breaks once, so that all of it is told anew.
import assert from 'node:assert/strict';
import { getServers } from 'node:dns';
import { isIPv6 } from 'node:net';
import { it } from 'node:test';
import { inUrl, withLyingServer } from '../../browser/lib/lying_server.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertTalk, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { Faults } from '../lib/faults.mjs';
import { everyAddressOf, kHomes, kNetAtServer, kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { addressForms, findIn } from '../lib/search.mjs';
import { withDirectory } from '../lib/serve.mjs';
import { assertHomeKnowsNothing } from './meeting.mjs';

const kLimit = { timeout: 180_000 };
const kLiarPort = 8090;
const kDnsPort = 53;
const resolvers = getServers();
const kBackLimit = 60_000; // ms
/** Where the one who hides is asked to show itself: at the partner's, and at a machine that has nothing to do with it. */
const kStrangers = [kHomes[2].wan, kNetAtServer];

export const kTick = { tickFirst: ['hide-address'] };

export async function meetInRoom(origin, tick, hiding, partner) {
  await bothOpen({ origin }, hiding, partner);
  await meetAtCard(hiding, partner, await freshRoom(hiding), tick);
  await bothAccept(hiding, partner);
}

async function meetPrivately(origin, tick, hiding, partner) {
  await bothOpen({ origin }, hiding);
  await meetByLink(hiding, partner, tick);
}

/** @param {() => object} world the lab and its server, and the pool whose browsers have to make room */
export function hiddenCases(world) {
  /** `usual`: the pairs of every day. */
  const scenario = (name, { usual = [], tick = kTick, meet = meetInRoom, required = false }) => {
    for (const kinds of kIsLong ? kPairs : usual) {
      const title = `${name}: ${kinds.join(', ')}`;
      it(title, kLimit, async () => {
        const { lab, server, pool } = world();
        await pool.close();
        for (const home of [1, 2]) lab.setMode(home, 'full');
        const faults = new Faults(lab);
        const liar = { host: kServer, port: kLiarPort, real: server.origin, options: { strangers: kStrangers, required } };
        try {
          await withLyingServer(lab.enter('srv'), liar, async (origin) => {
            const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [origin] }));
            try {
              const scenery = { name: title, pool: own, server, kinds, evidence: () => lab.mappings() };
              await scene(scenery, (...people) => withDirectory((at) => assertHidden({ lab, server, faults, meet: () => meet(origin, tick, ...people), at, strangers: kStrangers, servers: [kServer] }, ...people)));
            } finally {
              await own.close();
            }
          });
        } finally {
          await faults.close();
        }
      });
    }
  };

  // Whose wish it is, and where: the person's, or the operator's, who takes it back as soon as it is known.
  scenario('a person hides the address, and nothing that a lying server says shows it', { usual: [['chromium', 'firefox'], ['firefox', 'chromium']] });
  scenario('a person hides the address in a private call, and nothing that a lying server says shows it', { usual: [['chromium', 'firefox']], meet: meetPrivately });
  scenario('a page was told to hide the address, and nothing that a lying server says shows it', { usual: [['firefox', 'chromium']], tick: {}, required: true });
}

/**
 * @param {object} world the lab with its faults, `net` if it has both families, and its server; `meet` and where files go, `at`; the strangers whom the server
 *   would have told, the first two of them as relays as well; the true server's own addresses
 */
export async function assertHidden({ lab, net = lab, server, faults, meet, at, strangers, servers }, hiding, partner) {
  const captures = await Promise.all([1, 2].map((n) => lab.capture(`h${n}`, at(`h${n}.pcap`))));
  await meet();
  await assertTalk(hiding, partner, 'relayed');
  const hidden = [...new Set([...everyAddressOf(1), ...net.addressesOf(1)])];
  const assertShowsNone = async () => assertNotShown(await learntOf(partner), hidden, [...servers, ...strangers]);
  await assertShowsNone();

  // The server dies, and its relay with it: in its next life it is asked for relays again, and both ends gather anew.
  await faults.restart(server, 0);
  await until(`${hiding.name} is told of relays again`, async () => (await hiding.received('servers')).length > 0, { limit: kBackLimit });
  await until('the call is back', async () => (await Promise.all([hiding, partner].map((person) => person.has('shaky')))).every((is) => !is), { limit: kBackLimit });
  await assertTalk(hiding, partner, 'relayed');
  for (const capture of captures) await capture.stop();
  await assertShowsNone();

  await assertLies(hiding, strangers);
  assertTellsRelaysOnly(await toldBy(hiding), await candidatesOf(hiding), servers);
  const [own, theirs] = [1, 2].map((n) => readCapture(at(`h${n}.pcap`)));
  assertKeptToServer(own, net.hostAddresses(1), servers);
  const met = own.filter(({ from, to }) => strangers.includes(from) || strangers.includes(to));
  assert.equal(met.length, 0, 'and none comes from where nobody was asked');
  assertHomeKnowsNothing(net, 2, theirs);
}

/** The test of the test: this page has heard the lies. */
async function assertLies(person, strangers) {
  const heard = JSON.stringify(await person.received());
  for (const address of strangers) assert.ok(heard.includes(address), `${person.name} has been told of ${address}`);
  for (const type of ['accepted', 'relay', 'servers']) assert.ok((await person.received(type)).length > 0, `${person.name} has received ${type}`);
  for (const [at, type] of ['accepted', 'servers'].entries()) {
    const urls = (await person.received(type)).flatMap(({ ice_servers: servers }) => servers.flatMap((server) => server.urls));
    assert.ok(urls.includes(`turn:${inUrl(strangers[0])}:3478?transport=${['udp', 'tcp'][at]}`), `${type}: the partner's own machine is called a relay`);
  }
  const { features } = (await person.received('welcome')).at(-1);
  assert.deepEqual([features.privacy, features.stun], ['direct', [`stun:${inUrl(strangers[1])}:3478`]]);
}

/** Everything this page has said to anybody, over the server and over the channels, and what of it was sealed by its own word. */
function toldBy(person) {
  return person.page.evaluate(() => [...[...vvProbe.sent, ...vvProbe.said].map(({ text }) => text), ...visavis.bodies.filter(({ way }) => way === 'out').map(({ body }) => JSON.stringify(body))]);
}

/** What it has found on its own side, as the browser keeps it. */
function candidatesOf(person) {
  return person.page.evaluate(async () => {
    const stats = (await Promise.all(vvProbe.peers.map((peer) => peer.getStats()))).flatMap((report) => [...report.values()]);
    return stats.filter(({ type }) => type === 'local-candidate').map(({ candidateType, address, relatedAddress }) => ({ candidateType, address, relatedAddress }));
  });
}

const kNowhere = ['0.0.0.0', '127.0.0.1', '::'];
/** Numbers with colons between them, as a fingerprint has too: more of them than an address. */
const kIpv6 = /(?<![\w:])[\da-f]{0,4}(:[\da-f]{0,4}){2,7}(?![\w:])/gi;

/** @param {string[]} texts whole messages @param {object[]} found the candidates in the browser's own statistics @param {string[]} servers where a relay may be */
function assertTellsRelaysOnly(texts, found, servers) {
  const all = texts.join('\n');
  const lines = all.match(/candidate:\S+ \d \w+ \d+ [^"\\\r\n]*/g) ?? [];
  assert.ok(lines.length > 1, 'candidates are told, before and after the way broke');
  for (const line of lines) {
    const [, address, port, type, rest] = /^candidate:\S+ \d udp \d+ (\S+) (\d+) typ (\S+)(.*)$/i.exec(line) ?? [];
    assert.ok(type === 'relay' && servers.includes(address), line);
    // Where the other end of a relay is, browsers leave out: Chromium writes nothing there, and Firefox the relay itself.
    const [, raddr = '0.0.0.0', rport = '0'] = /raddr (\S+) rport (\d+)/.exec(rest) ?? [];
    assert.ok(['0.0.0.0 0', ':: 0', `${address} ${port}`].includes(`${raddr} ${rport}`), line);
  }
  const addresses = new Set([...(all.match(/\b\d{1,3}(\.\d{1,3}){3}\b/g) ?? []), ...(all.match(kIpv6) ?? []).filter(isIPv6)]);
  assert.deepEqual([...addresses].filter((address) => ![...servers, ...kNowhere].includes(address)), [], 'no other address is told, in whatever message');
  assert.doesNotMatch(all, /\.local\b/, 'nor a name that stands for one');
  for (const { candidateType, address } of found) assert.ok(candidateType === 'relay' && servers.includes(address), `nothing else was gathered: ${candidateType} ${address}`);
}

/** All that a page can find out about the other: what it was told, and what its browser knows. */
function learntOf(person) {
  return person.page.evaluate(async () => {
    // Firefox tells nothing of one that is closed.
    const read = async (ask) => {
      try {
        return await ask();
      } catch (error) {
        if (error.name !== 'InvalidStateError') throw error;
        return [];
      }
    };
    const peers = vvProbe.peers;
    const remote = (await Promise.all(peers.map((peer) => read(() => peer.getStats())))).flatMap((report) => [...report.values()]);
    const transportsOf = (peer) => [peer.sctp?.transport, ...peer.getSenders().map(({ transport }) => transport)];
    const transports = (await Promise.all(peers.map((peer) => read(() => transportsOf(peer))))).flat().filter(Boolean);
    const listed = transports.flatMap(({ iceTransport }) => iceTransport.getRemoteCandidates?.() ?? []);
    const descriptionsOf = (peer) => [peer.remoteDescription, peer.currentRemoteDescription, peer.pendingRemoteDescription];
    const descriptions = (await Promise.all(peers.map((peer) => read(() => descriptionsOf(peer))))).flat();
    return {
      heard: [...vvProbe.received, ...vvProbe.heard].map(({ text }) => text),
      descriptions: descriptions.map((one) => one?.sdp ?? ''),
      candidates: remote.filter(({ type }) => type === 'remote-candidate'),
      listed: listed.map((candidate) => candidate.toJSON()),
      statistics: remote,
    };
  });
}

/** Nothing of these addresses is in it, in any form. @param {string[]} others those that may be known */
function assertNotShown(learnt, hidden, others) {
  assert.ok(learnt.heard.length > 5 && learnt.candidates.length > 0, 'there was something to learn');
  const texts = Object.entries(learnt).map(([name, value]) => ({ name, payload: Buffer.from(JSON.stringify(value)) }));
  assert.deepEqual(findIn(texts, hidden.flatMap(addressForms)).map(({ form, packet }) => `${form} in ${packet.name}`), []);
  // What the liar adds is known to the partner as the partner's own, or a stranger's.
  const known = learnt.candidates.map(({ address, ip }) => address ?? ip).filter((address) => address && address !== '?');
  assert.deepEqual(known.filter((address) => !others.includes(address)), []);
}

/** What a system tells its own link, which no router passes on: of groups it listens to (IGMP, MLD), and who its neighbours are. */
function isOfLink({ to, protocol, payload }) {
  if (!to.includes(':')) return protocol === 'other' && to.startsWith('224.0.0.');
  const kNeighbours = [133, 134, 135, 136, 137, 143];
  return protocol === 'icmp' && kNeighbours.includes(payload[0]);
}

/** Nothing leaves the device but to the server, and so no STUN. @param {object[]} packets at that home @param {string[]} own its addresses @param {string[]} servers those of the server */
export function assertKeptToServer(packets, own, servers) {
  // What a browser looks up of its own accord, such as where its news is, is another matter.
  const isLookUp = ({ to, toPort }) => toPort === kDnsPort && resolvers.includes(to);
  const left = packets.filter((packet) => own.includes(packet.from) && !isLookUp(packet) && !isOfLink(packet));
  assert.ok(left.length > 100, `${left.length} packets left the home`);
  const elsewhere = left.filter(({ to }) => !servers.includes(to)).map(({ protocol, to, toPort }) => `${protocol} to ${to} port ${toPort}`);
  assert.deepEqual([...new Set(elsewhere)], [], 'every packet goes to the server');
}
