import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCodecs, watchPressure } from './media_facts.ts';

const codec = (mimeType: string): RTCRtpCodec => ({ mimeType, clockRate: 90_000 });
const capabilities = (kind: string): RTCRtpCapabilities => ({ codecs: [codec(`${kind}/one`), codec(`${kind}/two`)], headerExtensions: [] });
const never = (): Promise<void> => new Promise(() => {});
const info = (powerEfficient: boolean, supported = true): MediaCapabilitiesInfo => ({ powerEfficient, supported, smooth: true });

test('what is efficient is asked codec by codec', async () => {
  const facts = await readCodecs({
    orders: true,
    capabilities,
    cores: 4,
    after: never,
    encodingInfo: async ({ type, video }) => {
      assert.equal(type, 'webrtc');
      if (video!.contentType === 'video/AV1') throw new TypeError('unknown');
      return info(video!.contentType !== 'video/VP8', video!.contentType !== 'video/VP9');
    },
  });
  assert.deepEqual(facts!.efficient, ['video/H264']);
  assert.deepEqual(facts!.video.map(({ mimeType }) => mimeType), ['video/one', 'video/two']);
  assert.equal(facts!.cores, 4);
});

test('a browser that does not answer is not waited for, and what comes late changes nothing', async () => {
  let answer = (_: MediaCapabilitiesInfo): void => {};
  const late = new Promise<MediaCapabilitiesInfo>((resolve) => (answer = resolve));
  const facts = await readCodecs({ orders: true, capabilities, cores: null, after: async () => {}, encodingInfo: () => late });
  assert.deepEqual(facts!.efficient, []);
  answer(info(true));
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(facts!.efficient, []);
});

test('one that cannot be asked has nothing efficient; one that names no codecs chooses by itself', async () => {
  assert.deepEqual((await readCodecs({ orders: true, capabilities, cores: 2, after: never }))!.efficient, []);
  assert.equal(await readCodecs({ orders: true, capabilities: () => null, cores: 2, after: never }), null);
  assert.equal(await readCodecs({ orders: false, capabilities, cores: 2, after: never }), null, 'nor does one that takes no order');
});

test('pressure is told where the browser knows it, and no more once it is stopped', async () => {
  let hear = (_: { state: string }[]): void => {};
  let stopped = false;
  class Observer {
    constructor(tell: typeof hear) {
      hear = tell;
    }
    async observe(): Promise<void> {
      throw new DOMException('not here', 'NotAllowedError');
    }
    disconnect(): void {
      stopped = true;
    }
  }
  const told: boolean[] = [];
  watchPressure((pressed) => told.push(pressed))();
  Object.assign(globalThis, { PressureObserver: Observer });
  try {
    const stop = watchPressure((pressed) => told.push(pressed));
    for (const state of ['nominal', 'serious', 'critical', 'fair']) hear([{ state }]);
    stop();
  } finally {
    delete (globalThis as { PressureObserver?: unknown }).PressureObserver;
  }
  assert.deepEqual([told, stopped], [[false, true, true, false], true]);
});
