// Connections of libwebrtc, both ends of each in this process, asked as peer_bench.cpp is.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import readline from 'node:readline';

const wrtc = createRequire(new URL('../../tests/interop/package.json', import.meta.url))('@roamhq/wrtc');
const held = [];

const event = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

/** One end, in whose name candidates go to the other once it knows this one. */
function makeEnd() {
  const pc = new wrtc.RTCPeerConnection();
  const secured = new Promise((resolve) => {
    pc.addEventListener('connectionstatechange', () => pc.connectionState === 'connected' && resolve());
  });
  return { pc, secured };
}

function trickle(from, to, isKnown) {
  from.pc.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate) isKnown.then(() => to.pc.addIceCandidate(candidate)).catch(() => {}); // of one that is closed by now
  });
}

async function openPair() {
  const begun = performance.now();
  const [first, second] = [makeEnd(), makeEnd()];
  const known = {};
  trickle(first, second, new Promise((resolve) => (known.first = resolve)));
  trickle(second, first, new Promise((resolve) => (known.second = resolve)));
  first.channel = first.pc.createDataChannel('chat');
  const opened = Promise.all([
    event(first.channel, 'open'),
    event(second.pc, 'datachannel').then(({ channel }) => (second.channel = channel)),
  ]);
  const secured = Promise.all([first.secured, second.secured]).then(() => performance.now() - begun);

  const offer = await first.pc.createOffer();
  await Promise.all([first.pc.setLocalDescription(offer), second.pc.setRemoteDescription(offer).then(known.first)]);
  const answer = await second.pc.createAnswer();
  await Promise.all([second.pc.setLocalDescription(answer), first.pc.setRemoteDescription(answer).then(known.second)]);

  await opened;
  const open = performance.now() - begun;
  return { first, second, times: [await secured, open] };
}

async function talk({ first, second }) {
  const heard = Promise.all([event(first.channel, 'message'), event(second.channel, 'message')]);
  first.channel.send('there');
  second.channel.send('and back');
  await heard;
}

const kAnswers = {
  connect: async (count) => {
    const times = [];
    for (let i = 0; i < count; ++i) {
      const pair = await openPair();
      times.push(pair.times);
      pair.first.pc.close();
      pair.second.pc.close();
    }
    return times;
  },
  hold: async (count) => {
    for (let i = 0; i < count; ++i) {
      const pair = await openPair();
      held.push(pair);
      await talk(pair);
    }
    globalThis.gc();
    return held.length;
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [what, count] = line.split(' ');
  console.log(JSON.stringify(await kAnswers[what](Number(count))));
}
process.exit(0); // its threads go on otherwise
