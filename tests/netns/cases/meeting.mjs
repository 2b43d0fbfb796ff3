// Before both have accepted, nothing of one home reaches the other: seen on the wire at each home.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { assertNothingKnown, assertTalk, bothOpen, freshRoom, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { addressForms, findIn } from '../lib/search.mjs';
import { withDirectory } from '../lib/serve.mjs';

export function meetingCases(scenario) {
  for (const kinds of unlikeInTurn()) {
    scenario('nothing is told before both accept', kinds, ['port', 'port'], ({ lab, server }, first, second) =>
      assertToldOnlyThen({ lab, net: lab, server }, first, second, () => assertTalk(first, second, 'direct')),
    );
  }
}

/**
 * The two meet, and neither home learns anything of the other before both have accepted, in any form; then `talk` is to be direct.
 * @param world net: whose addresses are looked for, the lab's or those of both families
 * @returns {Promise<object[]>} what crossed home 1 and what crossed home 2 from then on
 */
export function assertToldOnlyThen({ lab, net, server }, first, second, talk) {
  return withDirectory(async (at) => {
    const files = [1, 2].map((n) => at(`h${n}.pcap`));
    const begin = () => Promise.all(files.map((file, index) => lab.capture(`h${index + 1}`, file)));
    const before = await begin();
    await bothOpen(server, first, second);
    await meetAtCard(first, second, await freshRoom(first));
    await first.press('accept');
    await first.state('accepting');
    await assertNothingKnown(first, second);
    await assertNothingKnown(second, first);
    for (const capture of before) await capture.stop();
    for (const n of [1, 2]) assertHomeKnowsNothing(net, n, readCapture(files[n - 1]));

    // The same search finds both once they have met, so it can find.
    const during = await begin();
    await second.press('accept');
    await Promise.all([first.state('connected'), second.state('connected')]);
    await talk();
    for (const capture of during) await capture.stop();
    const packets = files.map(readCapture);
    for (const n of [1, 2]) assertHomeKnows(net, n, packets[n - 1]);
    return packets;
  });
}

/** @param net the lab, or both of its families @returns what a capture at home n holds of the other home */
function lookAt(net, n, packets) {
  const theirs = net.addressesOf(3 - n);
  const arrived = packets.filter((packet) => net.hostAddresses(n).includes(packet.to));
  return {
    arrived: arrived.length,
    exchanged: packets.filter(({ from, to }) => theirs.includes(from) || theirs.includes(to)).length,
    told: findIn(arrived, theirs.flatMap(addressForms)).map(({ form, packet }) => `${form} in ${packet.protocol} from ${packet.from}`),
  };
}

export function assertHomeKnowsNothing(net, n, packets) {
  const { arrived, exchanged, told } = lookAt(net, n, packets);
  assert.ok(arrived > 20, `home ${n} loaded a page`);
  assert.equal(exchanged, 0, `home ${n} exchanged no packet with the other`);
  assert.deepEqual(told, [], `home ${n} was told nothing about the other's address`);
}

function assertHomeKnows(net, n, packets) {
  const { exchanged, told } = lookAt(net, n, packets);
  assert.ok(exchanged > 0 && told.some((hit) => hit.startsWith('text in tcp')), `home ${n} now knows the other's address`);
}
