// What is sent follows what people ask for, and what is wrong with a call is said.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kMixed = [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
];

/** What `turn.call_kbps` is where nobody has set it. */
const kRelayKbps = 8_000;

/** What this person's browser was told to send: the picture's encoding as it stands. */
const pictureOf = (person) =>
  person.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);

/** Lines of the pictures that come. */
const linesAt = (person) =>
  person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    return entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.frameHeight ?? 0;
  });

async function talk(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
}

/** Runs in the page before its own code: a device that has a part of its own for H.264, and for nothing else. */
function encodeH264() {
  const { encodingInfo } = MediaCapabilities.prototype;
  MediaCapabilities.prototype.encodingInfo = async function (what) {
    const info = await encodingInfo.call(this, what);
    return { supported: info.supported, smooth: info.smooth, powerEfficient: /h264/i.test(what.video?.contentType ?? '') };
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

async function useLessData(person) {
  await person.showControls();
  await person.press('more');
  await person.press('devices-open');
  await person.press('saving-data');
  await person.press('devices-done');
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
function hinted(person, hint) {
  return until(`${person.name} is told: ${hint}`, async () => {
    const shown = await hintAt(person);
    if (shown === hint) return true;
    throw new Error(`${shown}`);
  }, { limit: 40_000 });
}

const notHinted = (person, hint) => until(`${person.name} is told no more: ${hint}`, async () => (await hintAt(person)) !== hint);

export function ladderCases(scenario) {
  for (const pair of [['chromium', 'chromium'], ...kMixed]) {
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
  for (const strong of [0, 1]) {
    scenario(`each end sends the codec that costs itself least: person ${strong + 1} has a part for H.264`, ['chromium', 'chromium'], async (server, first, second) => {
      const people = [first, second];
      await people[strong].page.beforeLoad(encodeH264);
      await talk(server, first, second);
      assert.equal(await pictureCodecOf(people[strong]), 'video/h264');
      assert.equal(await pictureCodecOf(people[1 - strong]), 'video/vp8');
    });

    scenario(`sound goes once both ways when person ${strong + 1} uses less data`, ['chromium', 'chromium'], async (server, first, second) => {
      const people = [first, second];
      const both = async (codec) => (await Promise.all(people.map(soundCodecOf))).every((each) => each === codec);
      await talk(server, first, second);
      assert.ok(await both('audio/red'));
      await useLessData(people[strong]);
      await until('sound goes once', () => both('audio/opus'));
      await Promise.all(people.map((person) => person.seesAndHears()));
      await useLessData(people[strong]);
      await until('sound goes twice again', () => both('audio/red'));
      for (const person of people) assert.deepEqual(await person.page.evaluate(() => visavis.faults), []);
    });
  }
  for (const pair of kMixed) {
    scenario('who uses less data sends a smaller picture and is sent one', pair, async (server, first, second) => {
      await talk(server, first, second);
      for (const person of [first, second]) await until('the picture has its limit', async () => (await pictureOf(person)).maxBitrate > 0);
      await useLessData(first);
      for (const person of [first, second]) {
        await until(`${person.name} sends less`, async () => (await pictureOf(person)).maxBitrate <= 250_000);
      }
      for (const person of [first, second]) {
        await until(`${person.name} gets less`, async () => {
          const lines = await linesAt(person);
          if (lines > 0 && lines <= 270) return true;
          throw new Error(`${lines} lines`);
        });
      }
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      assert.deepEqual(await first.page.evaluate(() => visavis.faults), []);
      assert.deepEqual(await second.page.evaluate(() => visavis.faults), []);
    });

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
    });

    scenario('a black camera is told, once, and closed', pair, async (server, first, second) => {
      await first.page.beforeLoad(coverCamera);
      await talk(server, first, second);
      await hinted(first, 'black');
      await first.press('hint-close');
      await notHinted(first, 'black');
    });
  }
}
