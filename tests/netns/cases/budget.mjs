// What the server gets of a direct call: signaling, STUN, TURN control and ICE checks, counted in the kernel.
import assert from 'node:assert/strict';
import { bothAccept } from '../../browser/lib/person.mjs';
import { holds } from '../../browser/lib/poll.mjs';
import { assertChat, assertTalk, bothOpen, freshRoom, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { callKinds, tally } from '../lib/classify.mjs';
import { kServer } from '../lib/lab.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { withDirectory } from '../lib/serve.mjs';

const kCallTime = 20_000; // ms
const kServerBytesMax = 32 * 1024; // from both ends together, IP headers included

export function budgetCases(scenario) {
  for (const kinds of unlikeInTurn()) {
    scenario('the server gets no more than 32 KB of a direct call of 20 s', kinds, ['port', 'port'], ({ lab, server }, first, second) =>
      withDirectory(async (at) => {
        const file = at('server.pcap');
        await bothOpen(server, first, second);
        const room = await freshRoom(first);
        for (const person of [first, second]) await person.chooseRoom(room);
        const capture = await lab.capture('srv', file);
        lab.startCounting();
        for (const person of [first, second]) await person.start();
        await Promise.all([first.state('card'), second.state('card')]);
        await bothAccept(first, second);
        const started = Date.now();
        await assertTalk(first, second, 'direct');
        await holds('the call stays connected', async () => (await first.attributes()).state === 'connected', kCallTime - (Date.now() - started), 1000);
        await assertChat(first, second);
        const { home1, home2 } = lab.counted();
        await capture.stop();
        judge(readCapture(file), home1 + home2, Number(new URL(server.origin).port));
      }),
    );
  }
}

function judge(packets, bytes, pagePort) {
  const counts = tally(packets.filter(({ to }) => to === kServer));
  const shown = Object.entries(counts).map(([kind, { packets: number, bytes: size }]) => `${kind}: ${number} packets, ${size} bytes`);
  console.log(`to the server: ${bytes} bytes by the kernel's count; ${shown.join('; ')}`);
  for (const kind of ['udp stun', `tcp ${pagePort}`]) assert.ok(counts[kind]?.packets > 0, `the capture has what reaches the server in any call: ${kind}`);
  assert.deepEqual(callKinds(counts, pagePort), [], 'no DTLS and no RTP reaches the server, bare or inside TURN, and no stream but those of the page');
  assert.ok(bytes > 1000, 'the counters count');
  assert.ok(bytes <= kServerBytesMax, `${bytes} bytes are more than ${kServerBytesMax}`);
}
