// What a browser tells of the device's strength: which codecs it encodes without wearing out the battery, and whether it is short of time.

import type { CodecFacts } from '../core/codecs.ts';
import type { WatchPressure } from '../core/pacing.ts';

const kPictures = ['video/H264', 'video/VP8', 'video/VP9', 'video/AV1'];
/** A call does not wait for it any longer than this. */
const kFactsMs = 700;
const kPressureMs = 1_000;

interface Browser {
  capabilities: (kind: 'audio' | 'video') => RTCRtpCapabilities | null;
  /** Whether an order of codecs can be asked for: Firefox names its codecs since 113 and takes an order since 128. */
  orders: boolean;
  encodingInfo?: (configuration: MediaEncodingConfiguration) => Promise<MediaCapabilitiesInfo>;
  cores: number | null;
  after: (ms: number) => Promise<void>;
}

/** Once for a page. Null where the browser keeps the choice of codecs to itself. */
export function codecsOfBrowser(): () => Promise<CodecFacts | null> {
  let facts: Promise<CodecFacts | null> | null = null;
  return () => (facts ??= readCodecs(thisBrowser()));
}

function thisBrowser(): Browser {
  const { mediaCapabilities } = navigator;
  return {
    orders: globalThis.RTCRtpTransceiver !== undefined && 'setCodecPreferences' in RTCRtpTransceiver.prototype,
    capabilities: (kind) => globalThis.RTCRtpReceiver?.getCapabilities?.(kind) ?? null,
    ...(mediaCapabilities?.encodingInfo ? { encodingInfo: (configuration) => mediaCapabilities.encodingInfo(configuration) } : {}),
    cores: navigator.hardwareConcurrency ?? null,
    after: (ms) => new Promise((done) => setTimeout(done, ms)),
  };
}

export async function readCodecs(browser: Browser): Promise<CodecFacts | null> {
  const [audio, video] = [browser.capabilities('audio')?.codecs, browser.capabilities('video')?.codecs];
  const canPrefer = browser.orders && audio && video && audio.length > 0 && video.length > 0;
  if (!canPrefer) return null;
  const efficient: string[] = [];
  const asked = kPictures.map(async (name) => {
    if (await isEfficient(browser, name)) efficient.push(name);
  });
  await Promise.race([Promise.all(asked), browser.after(kFactsMs)]);
  // What is told later changes nothing any more.
  return { audio, video, efficient: [...efficient], cores: browser.cores };
}

async function isEfficient({ encodingInfo }: Browser, contentType: string): Promise<boolean> {
  const video = { contentType, width: 640, height: 480, framerate: 30, bitrate: 900_000 };
  try {
    const info = await encodingInfo?.({ type: 'webrtc', video });
    return info !== undefined && info.supported && info.powerEfficient;
  } catch {
    // A browser that does not know the kind of question.
    return false;
  }
}

/** Not in every browser. */
interface Pressure {
  new (tell: (records: { state: string }[]) => void): { observe(source: 'cpu', options: { sampleInterval: number }): Promise<void>; disconnect(): void };
}

export const watchPressure: WatchPressure = (tell) => {
  const Observer = (globalThis as { PressureObserver?: Pressure }).PressureObserver;
  if (!Observer) return () => {};
  const observer = new Observer((records) => {
    const state = records.at(-1)?.state;
    tell(state === 'serious' || state === 'critical');
  });
  // Refused in a page that another one holds, and where the system does not tell.
  observer.observe('cpu', { sampleInterval: kPressureMs }).catch(() => {});
  return () => observer.disconnect();
};
