import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, type CodecCosts } from './codec_costs.ts';
import { orderPicture } from './codecs.ts';
import { kGuessMs, kSteps, kStill } from './ladder.ts';
import { kBesidePicture, kLookMs, kOwnFps, kRestMs, kSavingStep, kSparedFps, ownFps } from './pacing.ts';
import { settle } from './testing/fake_clock.ts';
import { FakeSender, FakeTrack } from './testing/fake_rtc.ts';
import { Bench, begun } from './testing/pacing_bench.ts';

test('from the first moment on the picture is that of the first step, and the sound has its share', async () => {
  const bench = await begun();
  assert.deepEqual(bench.picture, { active: true, scaleResolutionDownBy: 1, maxBitrate: 900_000, maxFramerate: 30 });
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 40_000);
  assert.deepEqual(bench.said, [], 'there is nothing to ask');
  assert.deepEqual(bench.paces, [{ height: 480, fps: 30, why: null, busy: false }]);
});

test('what is set is not set again, and what another has set is set right', async () => {
  const bench = await begun();
  const { told } = bench.senders.video;
  await bench.pass(20);
  assert.equal(bench.senders.video.told, told);
  bench.senders.video.encodings = [{ active: true, scaleResolutionDownBy: 1 }];
  await bench.pass(2);
  assert.equal(bench.picture['maxBitrate'], 900_000);
});

test('an encoder that is too busy gets less to do, within 4 s', async () => {
  const bench = await begun();
  await bench.pass(5);
  bench.encodeMs = 40;
  await bench.pass(4);
  assert.ok(bench.paces.at(-1)!.height <= 270);
  assert.deepEqual([bench.paces.at(-1)!.why, bench.paces.at(-1)!.busy], ['device', true]);
  assert.deepEqual(bench.camera.settings, { width: 480, height: 360, frameRate: 20 }, 'nor does the camera give more than is sent');
  const { height, fps } = bench.paces.at(-1)!;
  assert.deepEqual(bench.said, [{ kind: 'limit', most: { height, fps } }], 'and the partner is asked for no more either');
});

test('when a look first saw that a device is busy is told with what was done about it', async () => {
  const bench = await begun();
  await bench.pass(5);
  const weak = bench.clock.now();
  bench.encodeMs = 40;
  await bench.pass(4);
  const [, seen] = bench.seen.at(-1)!;
  assert.ok(seen! > weak && seen! <= weak + kLookMs, `${seen! - weak} ms after it was`);
  bench.encodeMs = 1;
  await bench.pass(200);
  assert.deepEqual([bench.paces.at(-1)!.busy, bench.seen.at(-1)![1]], [false, null]);
  const slow = bench.clock.now();
  bench.decodeMs = 40;
  await bench.pass(4);
  const [pace, decoding] = bench.seen.at(-1)!;
  assert.ok(pace.busy && decoding! > slow && decoding! <= slow + kLookMs, 'with what it gets as well');
});

test('one that is on the last step that moves has its partner send few pictures, until it is off it', async () => {
  const bench = await begun();
  await bench.pass(5);
  bench.encodeMs = 150;
  bench.fps = 6;
  await bench.pass(4);
  const { height } = kSteps[kStill - 1]!;
  assert.equal(bench.paces.at(-1)!.height, height);
  assert.deepEqual(bench.said, [{ kind: 'limit', most: { height, fps: kSparedFps } }]);
  bench.encodeMs = 2;
  bench.fps = 20;
  await bench.pass(70);
  const above = kSteps[kStill - 2]!;
  assert.deepEqual(bench.said.at(-1), { kind: 'limit', most: { height: above.height, fps: above.fps } });
});

test('what is to be less is less before a slow camera has changed, and never more than it has changed', async () => {
  const bench = await begun();
  let change = (): void => {};
  const { applyConstraints } = FakeTrack.prototype;
  bench.camera.applyConstraints = async function (wish) {
    await new Promise<void>((done) => (change = done));
    await applyConstraints.call(this, wish);
  };
  bench.pacing.handleLimit({ height: 180, fps: 20 });
  await settle();
  assert.deepEqual([bench.picture['maxBitrate'], bench.picture['scaleResolutionDownBy']], [130_000, 2.67]);
  change();
  await settle();
  assert.equal(bench.picture['scaleResolutionDownBy'], 2);
  bench.pacing.handleLimit(null);
  await bench.pass(61);
  await bench.pass(60);
  assert.equal(bench.paces.at(-1)!.height, 360);
  assert.deepEqual([bench.picture['maxBitrate'], bench.picture['scaleResolutionDownBy']], [250_000, 1.34], 'the camera is to give more first');
  change();
  await settle();
  assert.deepEqual([bench.picture['maxBitrate'], bench.picture['scaleResolutionDownBy']], [500_000, 1.34]);
});

test('a way that carries next to nothing stops the picture, tells the partner, and leaves the sound less', async () => {
  const bench = await begun();
  bench.available = 50_000;
  await bench.pass(5);
  assert.equal(bench.picture['active'], false);
  assert.deepEqual(bench.said, [{ kind: 'still', on: true }]);
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 16_000);
  assert.equal(bench.senders.audio.encodings[0]!['active'], true);
  assert.deepEqual(bench.paces.at(-1), { height: 0, fps: 0, why: 'network', busy: false });
  // A partner who comes to know this end only now is told as well.
  bench.pacing.handleChannelOpen();
  assert.deepEqual(bench.said.at(-1), { kind: 'still', on: true });
  bench.available = 5_000_000;
  await bench.pass(70);
  assert.equal(bench.picture['active'], true);
  assert.deepEqual(bench.said.at(-1), { kind: 'still', on: false });
});

test('where there is no picture none stands still, and the sound of a call that never had one is whole', async () => {
  const bench = await begun();
  bench.senders.video.track = null;
  bench.pacing.handleTrack();
  bench.available = 50_000;
  await bench.pass(20);
  assert.deepEqual([bench.said, bench.paces.at(-1)!.height], [[], 480]);
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 40_000);
  // With a picture the same way is too thin for one; switched off again, none stands still any more.
  bench.senders.video.track = bench.camera;
  bench.pacing.handleTrack();
  await bench.pass(5);
  assert.deepEqual(bench.said, [{ kind: 'still', on: true }]);
  bench.senders.video.track = null;
  bench.pacing.handleTrack();
  await settle();
  assert.deepEqual(bench.said, [{ kind: 'still', on: true }, { kind: 'still', on: false }]);
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 24_000, 'what is known of the way is known');
  bench.pacing.handleChannelOpen();
  assert.equal(bench.said.length, 2);
});

test('sound that goes twice goes at a lower rate', async () => {
  const bench = new Bench();
  bench.senders.audio.codecs = [{ mimeType: 'audio/red' }, { mimeType: 'audio/opus' }];
  bench.pacing.handleConnected(bench.pc);
  await settle();
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 32_000);
  bench.pacing.setSaving({ battery: false, data: true });
  await settle();
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 16_000);
});

test('a partner’s wish, the operator’s and this person’s are kept at once', async () => {
  const bench = await begun();
  bench.pacing.handleLimit({ height: 360, fps: 30 });
  await settle();
  assert.equal(bench.picture['maxBitrate'], 500_000);
  assert.equal(bench.paces.at(-1)!.why, 'partner');
  bench.pacing.handleRelay(130_000 + kBesidePicture);
  await settle();
  assert.equal(bench.picture['maxBitrate'], 130_000);
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 24_000);
  bench.pacing.handleRelay(kBesidePicture - 1);
  await settle();
  assert.equal(bench.picture['active'], false);
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 16_000, 'a relay that lets no picture through has no room for more');
  // Whoever else wants no picture either.
  bench.pacing.handleLimit({ height: 0, fps: 0 });
  await settle();
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 16_000);
});

test('who is only asked for no picture sends all of the sound', async () => {
  const bench = await begun();
  bench.pacing.handleLimit({ height: 0, fps: 0 });
  await settle();
  assert.equal(bench.senders.audio.encodings[0]!['maxBitrate'], 40_000);
});

test('who saves sends less and asks for less; taking it back is told as well', async () => {
  const bench = await begun();
  const { height, fps } = kSteps[kSavingStep]!;
  bench.pacing.setSaving({ battery: true, data: false });
  await settle();
  assert.deepEqual(bench.said, [{ kind: 'limit', most: { height, fps } }]);
  assert.equal(bench.paces.at(-1)!.height, height);
  bench.pacing.setSaving({ battery: true, data: true });
  assert.equal(bench.said.length, 1, 'it is the same wish');
  bench.pacing.setSaving({ battery: false, data: false });
  assert.deepEqual(bench.said.at(-1), { kind: 'limit', most: null });
});

test('a device that cannot decode asks its partner for less', async () => {
  const bench = await begun();
  await bench.pass(2);
  bench.decodeMs = 30;
  await bench.pass(4);
  assert.deepEqual(bench.said, [{ kind: 'limit', most: { height: 360, fps: 30 } }]);
  assert.deepEqual(bench.paces.at(-1), { height: 480, fps: 30, why: null, busy: true }, 'its person is told, though it sends what it did');
});

test('the best step asks the camera for its large picture, once, and gives it back', async () => {
  const bench = await begun();
  await bench.pass(62);
  assert.deepEqual(bench.camera.settings, { width: 1_280, height: 720, frameRate: 30 });
  assert.deepEqual([bench.picture['maxBitrate'], bench.picture['scaleResolutionDownBy']], [1_500_000, 1]);
  bench.pacing.handleLimit({ height: 360, fps: 30 });
  await bench.pass(2);
  assert.equal(bench.camera.wishes.length, 2);
  assert.deepEqual(bench.camera.settings, { width: 640, height: 480, frameRate: 30 });
  assert.equal(bench.picture['scaleResolutionDownBy'], 1.34);
});

test('after a call its camera is as it was opened, and the next call knows', async () => {
  const front = { facingMode: 'user' };
  const camera = new FakeTrack('video');
  const opened = camera.getConstraints();
  camera.getConstraints = () => ({ ...opened, ...front });
  const first = await begun(camera);
  first.pacing.handleLimit({ height: 180, fps: 20 });
  await settle();
  assert.deepEqual([camera.settings, (camera.wishes.at(-1) as typeof front).facingMode], [{ width: 480, height: 360, frameRate: 20 }, 'user']);
  first.pacing.stop();
  await settle();
  assert.deepEqual(camera.wishes.at(-1), { ...opened, ...front });
  const second = await begun(camera);
  await second.pass(2);
  assert.equal(camera.wishes.length, 2, 'it is what the first step sends');
  second.pacing.handleLimit({ height: 180, fps: 20 });
  await settle();
  assert.equal(camera.settings.height, 360);
  // A screen takes its place for the rest of the call.
  second.senders.video.track = Object.assign(new FakeTrack('video'), { contentHint: 'detail' });
  second.pacing.handleTrack();
  await settle();
  assert.equal(camera.settings.height, 480);
});

test('a camera that is held upright is measured by its shorter side', async () => {
  const bench = new Bench();
  bench.camera.settings = { width: 480, height: 640, frameRate: 30 };
  bench.pacing.handleConnected(bench.pc);
  bench.pacing.handleLimit({ height: 360, fps: 30 });
  await settle();
  assert.equal(bench.picture['scaleResolutionDownBy'], 1.34);
});

test('a screen keeps its lines and gives fewer pictures', async () => {
  const bench = await begun();
  const screen = new FakeTrack('video');
  screen.contentHint = 'detail';
  screen.settings = { width: 1_920, height: 1_080, frameRate: 15 };
  bench.senders.video.track = screen;
  bench.pacing.handleTrack();
  bench.pacing.handleRelay(500_000 + kBesidePicture);
  await settle();
  assert.deepEqual([bench.picture['scaleResolutionDownBy'], bench.picture['maxFramerate']], [1, 10]);
  bench.pacing.handleLimit({ height: 360, fps: 5 });
  await settle();
  assert.deepEqual([bench.picture['scaleResolutionDownBy'], bench.picture['maxFramerate']], [1, 5], 'a partner who wants less gets fewer pictures, which can be read');
  assert.deepEqual([bench.paces.at(-1)!.height, bench.paces.at(-1)!.fps], [1_080, 5]);
  assert.deepEqual(screen.wishes, []);
});

test('an outage is no slow device: neither before it is told of, nor while it lasts, nor right after', async () => {
  for (const told of [3, 20]) {
    const bench = await begun();
    await bench.pass(10);
    bench.down = true;
    await bench.pass(told);
    bench.pacing.handleBroken(true);
    await bench.pass(10);
    bench.pacing.handleBroken(false);
    // A browser that believes in nothing yet.
    await bench.pass(2);
    bench.down = false;
    bench.available = 250_000;
    await bench.pass(4);
    bench.available = 10_000_000;
    await bench.pass(9);
    assert.deepEqual(bench.paces, [{ height: 480, fps: 30, why: null, busy: false }], `told after ${told} s`);
    assert.deepEqual(bench.said, []);
    bench.encodeMs = 40;
    await bench.pass(4);
    assert.equal(bench.paces.at(-1)!.why, 'device', 'what is slow after it is found as before');
  }
});

test('so is one that ends before anybody has noticed', async () => {
  const bench = await begun();
  await bench.pass(10);
  for (let time = 0; time < 5; time += 1) {
    bench.down = true;
    await bench.pass(2);
    bench.down = false;
    await bench.pass(1);
  }
  assert.equal(bench.paces.length, 1);
});

test('another pair is another way, whoever says so: its first belief is given time', async () => {
  const bench = await begun();
  await bench.pass(10);
  bench.pair = 'other';
  bench.available = 250_000;
  await bench.pass(kGuessMs / 1_000);
  assert.equal(bench.paces.length, 1);
  await bench.pass(5);
  assert.equal(bench.paces.at(-1)!.why, 'network', 'and no more');
});

test('a hint of the device counts with what is measured', async () => {
  const bench = await begun();
  bench.encodeMs = 15;
  await bench.pass(10);
  assert.equal(bench.paces.at(-1)!.height, 480);
  bench.press(true);
  await bench.pass(5);
  assert.ok(bench.paces.at(-1)!.height < 480);
});

test('a browser that refuses is a fault, and the next look tries again', async () => {
  const bench = await begun();
  const { setParameters } = FakeSender.prototype;
  bench.senders.video.setParameters = async () => {
    throw new DOMException('busy', 'InvalidStateError');
  };
  bench.pacing.handleLimit({ height: 360, fps: 30 });
  await settle();
  assert.equal(bench.faults.length, 1);
  bench.senders.video.setParameters = setParameters;
  await bench.pass(2);
  assert.equal(bench.picture['maxBitrate'], 500_000);
});

test('a wish that comes again is none, and of many the last is set', async () => {
  const bench = await begun();
  const { told } = bench.senders.video;
  for (const height of [720, 360, 240, 270]) bench.pacing.handleLimit({ height, fps: 20 });
  await settle();
  assert.ok(bench.senders.video.told <= told + 2, 'one is set, one waits');
  assert.deepEqual([bench.picture['maxBitrate'], bench.paces.at(-1)!.height], [130_000, 180]);
  let asked = 0;
  const { getParameters } = bench.senders.video;
  bench.senders.video.getParameters = function () {
    asked += 1;
    return getParameters.call(this);
  };
  for (let time = 0; time < 100; time += 1) bench.pacing.handleLimit({ height: 270, fps: 20 });
  await settle();
  assert.equal(asked, 0);
});

test('what a connection refuses that has been left is no fault', async () => {
  const bench = await begun();
  const refuse: (() => void)[] = [];
  bench.senders.video.setParameters = () => new Promise((_, fail) => refuse.push(() => fail(new DOMException('closed', 'InvalidStateError'))));
  bench.pacing.handleLimit({ height: 360, fps: 30 });
  await settle();
  bench.pacing.handleRenewed();
  refuse[0]!();
  await settle();
  assert.deepEqual([refuse.length, bench.faults], [1, []]);
});

test('a browser that never says that it has set something does not end the ladder', async () => {
  for (const [what, name] of [['video', 'setParameters'], ['audio', 'setParameters'], ['camera', 'applyConstraints']] as const) {
    const bench = await begun();
    const object = (what === 'camera' ? bench.camera : bench.senders[what]) as unknown as Record<string, unknown>;
    let asked = 0;
    object[name] = () => ((asked += 1), new Promise(() => {}));
    bench.pacing.setSaving({ battery: false, data: true });
    await bench.pass(1);
    bench.available = 50_000;
    await bench.pass(30);
    assert.equal(bench.paces.at(-1)!.height, 0, what);
    assert.ok(asked >= 1, what);
    if (what !== 'video') assert.equal(bench.picture['active'], false, what);
  }
});

test('once it is stopped nothing is looked at, set or said', async () => {
  const bench = await begun();
  bench.pacing.stop();
  const { told } = bench.senders.video;
  bench.available = 1_000;
  await bench.pass(20);
  bench.pacing.handleLimit({ height: 0, fps: 0 });
  await settle();
  assert.equal(bench.senders.video.told, told);
  assert.deepEqual([bench.said, bench.watching], [[], false]);
  assert.equal(kStill, kSteps.length - 1);
});

test('another connection is looked at in place of the former, and what was asked is asked again over it', async () => {
  const bench = await begun();
  bench.pacing.setSaving({ battery: true, data: false });
  bench.pacing.handleLimit({ height: 180, fps: 20 });
  await bench.pass(3);
  assert.equal(bench.paces.at(-1)!.why, 'partner');
  const looks = { former: 0, present: 0 };
  const { pc: counted } = bench;
  const watched = (which: keyof typeof looks): RTCPeerConnection =>
    ({ getStats: () => ((looks[which] += 1), counted.getStats()) }) as unknown as RTCPeerConnection;
  const [former, present] = [watched('former'), watched('present')];
  bench.pacing.handleConnected(former);
  await bench.pass(2);
  assert.equal(looks.former, 2, 'one look a second, whichever connection was first');
  const { said } = bench;
  said.length = 0;
  bench.pacing.handleRenewed();
  await bench.pass(5);
  assert.equal(looks.former, 2, 'nothing is asked of what is closed');
  bench.pacing.handleConnected(present);
  bench.pacing.handleChannelOpen();
  await bench.pass(3);
  assert.deepEqual(looks, { former: 2, present: 3 });
  const { height, fps } = kSteps[kSavingStep]!;
  assert.deepEqual(said, [{ kind: 'limit', most: { height, fps } }]);
  await bench.pass(180);
  assert.equal(bench.paces.at(-1)!.height, height, 'what the partner asked over the former is asked again or holds no more');
});

test('a browser that never says what it counts is asked again', async () => {
  const bench = new Bench();
  let asked = 0;
  const silent = { getStats: () => ((asked += 1), new Promise(() => {})) };
  bench.pacing.handleConnected(silent as unknown as RTCPeerConnection);
  await bench.pass(10);
  assert.equal(asked, 5, 'each is waited for as long as it takes to be due again');
});

test('a look is a second after the last one began, however long that took, and never right after it', async () => {
  for (const [takes, every] of [[600, 1_000], [900, 900 + kRestMs]] as const) {
    const bench = new Bench();
    const asked: number[] = [];
    const late = {
      getStats: async () => {
        asked.push(bench.clock.now());
        await new Promise<void>((done) => void bench.clock.after(takes, done));
        return bench.pc.getStats();
      },
    };
    bench.pacing.handleConnected(late as unknown as RTCPeerConnection);
    for (let at = 0; at < 6_000; at += 100) {
      await bench.clock.pass(100);
      await settle();
    }
    assert.deepEqual(asked.slice(0, 4), [0, 1, 2, 3].map((time) => kLookMs + time * every), `${takes}`);
  }
});

test('what the encoder costs is remembered for the next call', async () => {
  const bench = await begun();
  await bench.pass(60);
  assert.ok(Math.abs(costOf(bench.costs, 'video/vp8')! - 5 / 0.3072) < 0.01);
});

test('a codec that costs more than the device has is left for another in the next call, and taken again where that costs no less', async () => {
  const video = ['VP8', 'H264', 'VP9', 'AV1'].map((name) => ({ mimeType: `video/${name}`, clockRate: 90_000 }));
  for (const [other, kept] of [[10, 'video/H264'], [70, 'video/VP8']] as const) {
    const costs: CodecCosts = new Map();
    const first = (): string => orderPicture({ audio: [], video, efficient: [], cores: 4 }, costs)[0]!.mimeType;
    const call = async (encodeMs: number): Promise<string> => {
      const bench = new Bench(undefined, costs);
      bench.kind = first();
      bench.encodeMs = encodeMs;
      bench.pacing.handleConnected(bench.pc);
      await bench.pass(60);
      bench.pacing.stop();
      return bench.kind;
    };
    assert.deepEqual([await call(40), await call(other), await call(20), first()], ['video/VP8', 'video/H264', kept, kept]);
  }
});

test('a device that leaves the first picture within 4 s, at few pictures a second, sends another codec in its next call', async () => {
  const video = ['VP8', 'H264'].map((name) => ({ mimeType: `video/${name}`, clockRate: 90_000 }));
  for (const fps of [6, 8, 10]) {
    const costs: CodecCosts = new Map();
    const first = (): string => orderPicture({ audio: [], video, efficient: [], cores: 4 }, costs)[0]!.mimeType;
    const bench = new Bench(undefined, costs);
    Object.assign(bench, { fps, encodeMs: 600 / fps });
    bench.pacing.handleConnected(bench.pc);
    await bench.pass(4);
    assert.equal(bench.paces.at(-1)!.why, 'device');
    // From now on its pictures are small, and cost little.
    Object.assign(bench, { size: { frameWidth: 240, frameHeight: 180 }, fps: 15, encodeMs: 2 });
    await bench.pass(2);
    assert.equal(first(), 'video/H264', `${fps} a second, a short call`);
    await bench.pass(600);
    bench.pacing.stop();
    assert.equal(first(), 'video/H264', `${fps} a second, a long one`);
  }
});

test('a device that has too much to do shows little of its own picture, on the lowest steps alone', () => {
  const pace = { height: 180, fps: 20, why: 'device', busy: true } as const;
  assert.equal(ownFps(pace), kOwnFps);
  assert.equal(ownFps({ ...pace, height: 270 }), kOwnFps);
  assert.equal(ownFps({ ...pace, height: 0, fps: 0 }), kOwnFps);
  assert.equal(ownFps({ ...pace, height: 360 }), null, 'a better picture goes out');
  assert.equal(ownFps({ ...pace, busy: false, why: 'network' }), null, 'the device has time');
  assert.equal(ownFps(null), null, 'there is no call yet');
});
