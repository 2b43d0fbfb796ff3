// What is sent follows what people ask for, and what is wrong with a call is said.
import assert from 'node:assert/strict';
import { kIsLong } from '../lib/long.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { letPlay, refusePlaying } from '../lib/rare.mjs';
import { Server } from '../lib/server.mjs';
import { assertLeaves, bothOpen, freshRoom, kPairs } from './talk.mjs';

const kMixed = [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
];

/** Where one pair is enough for every day. */
const kSome = kIsLong ? kPairs : [['firefox', 'chromium']];

/** What `turn.call_kbps` is where nobody has set it. */
const kRelayKbps = 8_000;
/** What it is in a case of its own, and what is left of it for a picture: the step below. */
const kCappedKbps = 600;
const kCappedPicture = 500_000;

/** Processors, on either side of what it takes to encode VP9 and AV1. */
const kStrongDevice = 8;
const kWeakDevice = 2;
/** For each picture, s: of 30 a second more than the whole time. */
const kSlowEncoder = 0.04;
/** Two looks at few pictures, as on a busy machine, still are a second of encoding, after which a cost is known. */
const kVerySlowEncoder = 0.1;
const kEchoMs = 200;

/** What this person's browser was told to send: the picture's encoding as it stands. */
const pictureOf = (person) =>
  person.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);

/** Lines of the pictures that come. */
const linesAt = (person) =>
  person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    return entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.frameHeight ?? 0;
  });

async function talk(server, first, second, ticks = {}) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first), ticks);
  await bothAccept(first, second);
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
}

/** Runs in the page before its own code: a device that has a part of its own for this codec, and for nothing else. */
function encodeWell(codec) {
  const { encodingInfo } = MediaCapabilities.prototype;
  MediaCapabilities.prototype.encodingInfo = async function (what) {
    const info = await encodingInfo.call(this, what);
    return { supported: info.supported, smooth: info.smooth, powerEfficient: new RegExp(codec, 'i').test(what.video?.contentType ?? '') };
  };
}

/** Runs in the page before its own code: a device with so many processors. */
function haveProcessors(count) {
  Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => count });
}

/**
 * Runs in the page before its own code: a device that takes so long for each picture it encodes, as far as its browser tells.
 * @param only kinds of pictures such as `video/vp8`; without, all
 */
function encodeSlowly(seconds, only = null) {
  const { getStats } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getStats = async function (...args) {
    const report = await getStats.apply(this, args);
    const isSlow = ({ type, kind, codecId }) =>
      type === 'outbound-rtp' && kind === 'video' && (only === null || only.includes(report.get(codecId)?.mimeType.toLowerCase()));
    const told = (entry) => (isSlow(entry) ? { ...entry, totalEncodeTime: seconds * entry.framesEncoded } : entry);
    return new Map([...report].map(([id, entry]) => [id, told(entry)]));
  };
}

/**
 * Runs in the page before its own code, in Chromium: a device that takes a codec, as it says, and can decode none of the pictures in it. It is the
 * first that it is sent.
 */
function decodeNoneOfTheFirst() {
  const extended = (configuration) => ({ ...configuration, encodedInsertableStreams: true });
  const piped = new Set();
  // Whatever is not led on stands still.
  const pipe = (end, change) => {
    if (piped.has(end)) return;
    piped.add(end);
    const { readable, writable } = end.createEncodedStreams();
    const transform = (frame, controller) => {
      change?.(frame);
      controller.enqueue(frame);
    };
    readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
  };
  const emptied = () => {
    let first;
    return (frame) => {
      const { payloadType } = frame.getMetadata();
      first ??= payloadType;
      if (payloadType === first) frame.data = new ArrayBuffer(frame.data.byteLength);
    };
  };
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration) {
      super(extended(configuration));
      this.addEventListener('track', ({ track, receiver, transceiver }) => {
        pipe(receiver, track.kind === 'video' ? emptied() : null);
        pipe(transceiver.sender);
      });
    }
    addTransceiver(...args) {
      const transceiver = super.addTransceiver(...args);
      pipe(transceiver.sender);
      return transceiver;
    }
    setConfiguration(configuration) {
      return super.setConfiguration(extended(configuration));
    }
  };
}

/** Runs in the page before its own code: a microphone into which somebody speaks, in words of uneven length. */
function speak() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const context = new AudioContext();
      const [tone, volume, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
      volume.gain.value = 0;
      tone.connect(volume).connect(out);
      tone.start();
      void context.resume().catch(() => {});
      let state = 1;
      const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
      for (let at = context.currentTime + 0.1; at < context.currentTime + 120;) {
        const [word, pause] = [0.15 + 0.45 * next(), 0.1 + 0.7 * next()];
        volume.gain.setValueAtTime(0.2 + 0.3 * next(), at);
        volume.gain.setValueAtTime(0, at + word);
        at += word + pause;
      }
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}

/** Runs in the page before its own code: a microphone that hears nothing but its own loudspeaker, so much later. */
function echoAfter(ms) {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const context = new AudioContext();
      const [delay, out] = [context.createDelay(1), context.createMediaStreamDestination()];
      delay.delayTime.value = ms / 1_000;
      delay.connect(out);
      void context.resume().catch(() => {});
      const heard = new Set();
      setInterval(() => {
        for (const theirs of vvProbe.tracks.filter(({ kind, readyState }) => kind === 'audio' && readyState === 'live')) {
          if (heard.has(theirs)) continue;
          heard.add(theirs);
          context.createMediaStreamSource(new MediaStream([theirs])).connect(delay);
        }
      }, 200);
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}

/** The codec of the pictures that this person's browser sends. */
const pictureCodecOf = (person) =>
  person.page.evaluate(async () => {
    const stats = await visavis.pc.getStats();
    const sent = [...stats.values()].find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
    return stats.get(sent?.codecId)?.mimeType.toLowerCase() ?? null;
  });

/** What this person's browser sends sound with. */
const soundCodecOf = (person) =>
  person.page.evaluate(() => {
    const { codecs } = visavis.pc.getSenders().find(({ track }) => track?.kind === 'audio').getParameters();
    return codecs[0].mimeType.toLowerCase();
  });

/** @param what 'data' or 'battery' */
async function useLess(person, what) {
  await person.showControls();
  await person.press('more');
  await person.press('devices-open');
  await person.press(`saving-${what}`);
  await person.press('devices-done');
}

/** @returns which codecs of pictures the description names that a weak device does not encode */
const costlyIn = (sdp) => [...new Set([...sdp.matchAll(/^a=rtpmap:\d+ (VP9|AV1)\//gim)].map(([, codec]) => codec.toLowerCase()))].sort();

async function assertSmaller(person) {
  await until(`${person.name} gets less`, async () => {
    const lines = await linesAt(person);
    if (lines > 0 && lines <= 270) return true;
    throw new Error(`${lines} lines`);
  });
}

/** Runs in the page before its own code: a camera with its cover closed. */
export function coverCamera() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const context = canvas.getContext('2d');
      const [black] = canvas.captureStream(30).getVideoTracks();
      setInterval(() => context.fillRect(0, 0, 640, 480), 33);
      stream.addTrack(black);
    }
    return stream;
  };
}

/** Runs in the page before its own code: a camera whose picture moves until it is told to freeze, and stays live. */
function giveMoving() {
  const { getUserMedia } = MediaDevices.prototype;
  window.vvMoves = true;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
      const context = canvas.getContext('2d');
      const [moving] = canvas.captureStream(30).getVideoTracks();
      let hue = 0;
      setInterval(() => {
        if (!window.vvMoves) return;
        context.fillStyle = `hsl(${(hue += 7) % 360} 80% 60%)`;
        context.fillRect(0, 0, 640, 480);
      }, 33);
      stream.addTrack(moving);
    }
    return stream;
  };
}

/** Runs in the page before its own code: a microphone that gives an even tone of this strength, from 0 to 1. */
export function giveTone(strength) {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wish) {
    const stream = await getUserMedia.call(this, wish);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const context = new AudioContext();
      const [tone, volume, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
      volume.gain.value = strength;
      tone.connect(volume).connect(out);
      tone.start();
      void context.resume().catch(() => {});
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}

const hintAt = (person) => person.page.evaluate(() => document.querySelector('[data-testid="hint"]')?.dataset.hint ?? null);

/** What is said in between is read to its end first. */
export function hinted(person, hint, { limit = 40_000 } = {}) {
  return until(`${person.name} is told: ${hint}`, async () => {
    const shown = await hintAt(person);
    if (shown === hint) return true;
    throw new Error(`${shown}`);
  }, { limit });
}

const notHinted = (person, hint) => until(`${person.name} is told no more: ${hint}`, async () => (await hintAt(person)) !== hint);

export function ladderCases(scenario) {
  for (const pair of kIsLong ? kPairs : [['chromium', 'chromium'], ...kMixed]) {
    scenario('lost sound is made good from what comes after it', pair, async (server, first, second) => {
      await talk(server, first, second);
      for (const [at, person] of [first, second].entries()) {
        const { descriptions, codecs } = await person.page.evaluate(() => ({
          descriptions: [visavis.pc.localDescription.sdp, visavis.pc.remoteDescription.sdp],
          codecs: visavis.pc.getSenders().find(({ track }) => track?.kind === 'audio').getParameters().codecs?.map(({ mimeType }) => mimeType),
        }));
        for (const sdp of descriptions) assert.match(sdp, /a=fmtp:\d+ (.*;)?useinbandfec=1/, person.name);
        const { limits } = await person.page.evaluate(() => visavis.received.find(({ message }) => message.type === 'welcome').message);
        assert.equal(limits.relay_kbps, kRelayKbps, 'what the relay lets through');
        // Twice only where both can; Firefox names no codecs of its sender.
        if (pair[at] === 'chromium') assert.equal(codecs[0].toLowerCase(), pair.includes('firefox') ? 'audio/opus' : 'audio/red', person.name);
      }
    });
  }
  scenario('a device that is too slow for VP8 sends H.264 in its next call, and its partner sends what it did', ['chromium', 'chromium'], async (server, first, second) => {
    await first.page.beforeLoad(encodeSlowly, kVerySlowEncoder, ['video/vp8']);
    await talk(server, first, second);
    assert.deepEqual([await pictureCodecOf(first), await pictureCodecOf(second)], ['video/vp8', 'video/vp8']);
    const isRelieved = () => first.page.evaluate(() => visavis.paces.at(-1)?.pace.why === 'device');
    await until('the first picture is left', isRelieved);
    await assertLeaves(first, second);
    // Both are one machine, whose true costs the partner's page would know as well: that one is another, and the slow one's goes on.
    await first.press('ended-home');
    await first.state('home');
    await second.open(`${server.origin}/`);
    await second.state('home');
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await Promise.all([first.seesAndHears(), second.seesAndHears()]);
    assert.deepEqual([await pictureCodecOf(first), await pictureCodecOf(second)], ['video/h264', 'video/vp8']);
    for (const person of [first, second]) assert.deepEqual(await person.page.evaluate(() => visavis.faults), []);
  });

  for (const strong of [0, 1]) {
    scenario(`each end sends the codec that costs itself least: person ${strong + 1} has a part for H.264`, ['chromium', 'chromium'], async (server, first, second) => {
      const people = [first, second];
      await people[strong].page.beforeLoad(encodeWell, 'h264');
      await talk(server, first, second);
      assert.equal(await pictureCodecOf(people[strong]), 'video/h264');
      assert.equal(await pictureCodecOf(people[1 - strong]), 'video/vp8');
    });

    scenario(`who cannot decode what arrives is sent another codec: person ${strong + 1}`, ['chromium', 'chromium'], async (server, first, second) => {
      const [one, other] = strong === 0 ? [first, second] : [second, first];
      await one.page.beforeLoad(decodeNoneOfTheFirst);
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await until('the partner sends another codec', async () => (await pictureCodecOf(other)) === 'video/h264');
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      assert.equal(await pictureCodecOf(one), 'video/vp8', 'what is decoded stays');
      for (const person of [first, second]) assert.deepEqual(await person.page.evaluate(() => visavis.faults), []);
    });

    scenario(`sound goes once both ways when person ${strong + 1} uses less data`, ['chromium', 'chromium'], async (server, first, second) => {
      const people = [first, second];
      const both = async (codec) => (await Promise.all(people.map(soundCodecOf))).every((each) => each === codec);
      await talk(server, first, second);
      assert.ok(await both('audio/red'));
      await useLess(people[strong], 'data');
      await until('sound goes once', () => both('audio/opus'));
      await Promise.all(people.map((person) => person.seesAndHears()));
      await useLess(people[strong], 'data');
      await until('sound goes twice again', () => both('audio/red'));
      for (const person of people) assert.deepEqual(await person.page.evaluate(() => visavis.faults), []);
    });
  }
  for (const [what, pairs] of [['data', kMixed], ['battery', kSome]]) {
    for (const pair of pairs) {
      scenario(`who ${what === 'data' ? 'uses less data' : 'saves battery'} sends a smaller picture and is sent one`, pair, async (server, first, second) => {
        await talk(server, first, second);
        for (const person of [first, second]) await until('the picture has its limit', async () => (await pictureOf(person)).maxBitrate > 0);
        await useLess(first, what);
        for (const person of [first, second]) {
          await until(`${person.name} sends less`, async () => (await pictureOf(person)).maxBitrate <= 250_000);
        }
        for (const person of [first, second]) await assertSmaller(person);
        const why = (person) => person.page.evaluate(() => visavis.paces.at(-1).pace.why);
        assert.deepEqual([await why(first), await why(second)], ['choice', 'partner']);
        // What only looks better is left out where battery is saved, and nowhere else.
        assert.equal((await first.attributes()).plain === 'yes', what === 'battery');
        assert.equal((await second.attributes()).plain, undefined);
        await Promise.all([first.seesAndHears(), second.seesAndHears()]);
        assert.deepEqual(await first.page.evaluate(() => visavis.faults), []);
        assert.deepEqual(await second.page.evaluate(() => visavis.faults), []);
      });
    }
  }

  for (const pair of kSome) {
    scenario('a relayed call sends no more than its operator lets through, and a direct one what it likes', pair, async (_, first, second) => {
      const server = await Server.onLoopback(['--turn-call-kbps', `${kCappedKbps}`]);
      try {
        await talk(server, first, second, { tickFirst: ['hide-address'] });
        for (const person of [first, second]) {
          await until(`${person.name} sends a picture of ${kCappedPicture} bit/s`, async () => {
            const { maxBitrate } = await pictureOf(person);
            if (maxBitrate === kCappedPicture) return true;
            throw new Error(`${maxBitrate} bit/s`);
          });
          assert.equal(await person.page.evaluate(() => visavis.paces.at(-1).pace.why), 'relay', person.name);
        }
        await Promise.all([first.seesAndHears(), second.seesAndHears()]);
        await first.press('leave');
        await Promise.all([first.state('ended'), second.state('ended')]);
        await talk(server, first, second);
        for (const person of [first, second]) {
          await person.attribute('path', 'direct');
          await until(`${person.name} has its limit`, async () => (await pictureOf(person)).maxBitrate > kCappedPicture);
          assert.notEqual(await person.page.evaluate(() => visavis.paces.at(-1).pace.why), 'relay', person.name);
        }
      } finally {
        await server.stop();
      }
    });

    scenario('a device with few processors names neither VP9 nor AV1, and is sent neither', pair, async (server, first, second) => {
      await first.page.beforeLoad(haveProcessors, kStrongDevice);
      await second.page.beforeLoad(haveProcessors, kWeakDevice);
      await talk(server, first, second);
      for (const person of [first, second]) {
        const { own, theirs } = await person.page.evaluate(() => ({ own: visavis.pc.localDescription.sdp, theirs: visavis.pc.remoteDescription.sdp }));
        const weak = person === second ? own : theirs;
        assert.deepEqual(costlyIn(weak), [], `${person.name}: the weak one's description`);
        assert.ok(['video/vp8', 'video/h264'].includes(await pictureCodecOf(person)), person.name);
      }
    });

    scenario('where both ends have many processors both are named, and who has a part for VP9 alone sends it', pair, async (server, first, second) => {
      for (const person of [first, second]) await person.page.beforeLoad(haveProcessors, kStrongDevice);
      await second.page.beforeLoad(encodeWell, 'vp9');
      await talk(server, first, second);
      for (const person of [first, second]) {
        const sdp = await person.page.evaluate(() => visavis.pc.localDescription.sdp);
        assert.deepEqual(costlyIn(sdp), ['av1', 'vp9'], person.name);
      }
      assert.deepEqual([await pictureCodecOf(first), await pictureCodecOf(second)], ['video/vp8', 'video/vp9']);
    });

    scenario('a device whose encoder takes too long sends less and is told', pair, async (server, first, second) => {
      await first.page.beforeLoad(encodeSlowly, kSlowEncoder);
      await talk(server, first, second);
      await hinted(first, 'slow');
      assert.notEqual(await hintAt(second), 'slow');
      const { pace } = await first.page.evaluate(() => visavis.paces.at(-1));
      assert.deepEqual([pace.why, pace.busy], ['device', true]);
      await assertSmaller(second);
      await assertSmaller(first);
    });
  }

  // An echo is first listened for when a call is 20 s old, and for a quarter of a minute.
  for (const pair of kIsLong ? kPairs : []) {
    scenario('a voice that comes back from the partner\'s loudspeaker is told to its owner', pair, async (server, first, second) => {
      await first.page.beforeLoad(speak);
      await second.page.beforeLoad(echoAfter, kEchoMs);
      await bothOpen(server, first, second);
      // With sound alone: a device that is short of time does not listen.
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['media-sound'], tickSecond: ['media-sound'] });
      await bothAccept(first, second);
      await hinted(first, 'echo', { limit: 90_000 });
    });
  }

  for (const pair of kMixed) {
    scenario('a silent microphone, words that nobody hears and sound that does not arrive are told', pair, async (server, first, second) => {
      await first.page.beforeLoad(giveTone, 0);
      await second.page.beforeLoad(giveTone, 0.4);
      await bothOpen(server, first, second);
      // With sound alone: a device that has pictures to make and is short of time does not listen besides.
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['media-sound'], tickSecond: ['media-sound'] });
      await bothAccept(first, second);
      await hinted(first, 'silent');
      assert.ok(!['silent', 'talking', 'deaf'].includes(await hintAt(second)), 'a tone is no trouble');
      await second.showControls();
      await second.press('mute');
      await hinted(second, 'talking');
      await second.showControls();
      await second.press('mute');
      await notHinted(second, 'talking');
      await second.page.evaluate(async () => {
        const sender = visavis.pc.getSenders().find(({ track }) => track?.kind === 'audio');
        window.vvKept = { sender, track: sender.track };
        await sender.replaceTrack(null);
      });
      await hinted(second, 'deaf');
      await second.page.evaluate(() => window.vvKept.sender.replaceTrack(window.vvKept.track));
      await notHinted(second, 'deaf');
      // It arrives, and the partner's browser does not play it.
      await refusePlaying(first);
      await hinted(second, 'deaf');
      await letPlay(first);
      await notHinted(second, 'deaf');
    });

    scenario('a black camera is told, once, and closed', pair, async (server, first, second) => {
      await first.page.beforeLoad(coverCamera);
      await talk(server, first, second);
      await hinted(first, 'black');
      await first.press('hint-close');
      await notHinted(first, 'black');
    });
  }

  // Noticed after some 10 s.
  for (const pair of kIsLong ? kPairs : []) {
    scenario('a camera that gives no new picture is told, and no more once it does', pair, async (server, first, second) => {
      await first.page.beforeLoad(giveMoving);
      await talk(server, first, second);
      assert.notEqual(await hintAt(first), 'frozen');
      await first.page.evaluate(() => void (window.vvMoves = false));
      await hinted(first, 'frozen');
      assert.notEqual(await hintAt(second), 'frozen', 'their own camera goes on');
      await first.page.evaluate(() => void (window.vvMoves = true));
      await notHinted(first, 'frozen');
    });
  }
}
