// The relay carries a call and can read none of it: what both ends say is known, and looked for in the server's capture.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { assertTalk, bothOpen, freshRoom } from '../../browser/cases/talk.mjs';
import { contents } from '../lib/classify.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { findIn } from '../lib/search.mjs';
import { withDirectory } from '../lib/serve.mjs';

const kChatMarker = 'MARKER-said-in-the-chat-0123456789';
const kSoundMarker = 'MARKER-put-into-every-frame-of-sound-0123456789';
const kRelayPort = 3478;
const kFramesMin = 100; // two seconds of sound
const kTellingBytes = 20; // a shorter frame could stand in a capture by chance or be a silence everybody sends

export function secrecyCases(scenario) {
  scenario('the relay reads neither sound nor chat', ['chromium', 'chromium'], ['sym', 'sym'], relayedCall, { probe: { soundMarker: kSoundMarker } });
  scenario('the relay reads no chat', ['firefox', 'firefox'], ['sym', 'sym'], relayedCall);
}

function relayedCall({ lab, server }, first, second) {
  return withDirectory(async (at) => {
    await bothOpen(server, first, second);
    const capture = await lab.capture('srv', at('server.pcap'));
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await assertTalk(first, second, 'relayed');
    for (const [from, to] of [[first, second], [second, first]]) {
      await from.say(kChatMarker);
      await to.hears(kChatMarker);
    }
    const sound = (await Promise.all([first, second].map(markedSound))).flat();
    await capture.stop();
    judge(readCapture(at('server.pcap')), sound, (await first.sent('accept'))[0]);
  });
}

/** The frames of sound this end encoded, once the other end's marked ones have come; none if nothing was marked. */
async function markedSound(person) {
  const sent = () => person.page.evaluate(() => vvProbe.markedSent);
  if (person.browser.kind !== 'chromium') return [];
  await until(`${person.name} receives marked sound`, () => person.page.evaluate((least) => vvProbe.markedReceived >= least, kFramesMin));
  return (await sent()).map((bytes) => Buffer.from(bytes));
}

/** RTP inside TURN, or a piece of the stream that an end has chosen for it. */
function isCarried({ protocol, payload, fromPort, toPort }) {
  if (protocol === 'udp') return contents(payload).at(-1) === 'rtp';
  return protocol === 'tcp' && payload.length > 0 && [fromPort, toPort].includes(kRelayPort);
}

function judge(packets, sound, { intro }) {
  const carried = packets.filter(isCarried);
  assert.ok(carried.length > kFramesMin, `the relay carried the call: ${carried.length} packets of it`);
  const { ufrag } = JSON.parse(intro);
  assert.ok(findIn(packets, [{ form: 'ufrag', bytes: Buffer.from(ufrag) }]).length > 0, 'the search finds what is sent in clear');

  const frames = sound.filter((frame) => frame.length >= kTellingBytes).map((bytes) => ({ form: 'frame of sound', bytes }));
  if (sound.length) assert.ok(frames.length > kFramesMin / 2, `${frames.length} frames of sound are known`);
  const markers = [kChatMarker, kSoundMarker].map((text) => ({ form: text, bytes: Buffer.from(text) }));
  assert.deepEqual(findIn(packets, [...markers, ...frames]).map(({ form }) => form), []);
}
