// What paces a call, over a connection that a test counts for.

import type { Control } from '../bodies.ts';
import type { CodecCosts } from '../codec_costs.ts';
import { Pacing, type Pace } from '../pacing.ts';
import type { Senders, Track } from '../senders.ts';
import { FakeClock, settle } from './fake_clock.ts';
import { FakeSender, FakeTrack } from './fake_rtc.ts';

/** A connection whose counters go on as a camera of 30 pictures a second would have them. */
export class Bench {
  readonly clock = new FakeClock();
  readonly camera: FakeTrack;
  readonly senders: Record<Track, FakeSender> = { video: new FakeSender(null), audio: new FakeSender(new FakeTrack('audio')) };
  readonly said: Control[] = [];
  readonly paces: Pace[] = [];
  readonly seen: [Pace, number | null][] = [];
  readonly faults: unknown[] = [];
  readonly costs: CodecCosts;
  kind = 'video/VP8';
  /** Of what arrives. */
  codec = 'video/H264';
  decodes = true;
  readonly pacing: Pacing;
  encodeMs = 5;
  size = { frameWidth: 640, frameHeight: 480 };
  decodeMs = 3;
  fps = 30;
  available = 10_000_000;
  /** Nothing comes over the way, and nothing is encoded for it. */
  down = false;
  pair = 'P';
  press = (_: boolean): void => {};
  watching = true;
  private sent = { framesSent: 0, framesEncoded: 0, totalEncodeTime: 0 };
  private arrived = { framesDecoded: 0, framesReceived: 0, totalDecodeTime: 0 };
  private looked = 0;
  private came = 0;

  constructor(camera = new FakeTrack('video'), costs: CodecCosts = new Map()) {
    this.costs = costs;
    this.camera = this.senders.video.track = camera;
    const senders = { sender: (kind: Track) => this.senders[kind] } as unknown as Senders;
    const events = {
      say: (message: Control) => void this.said.push(message),
      change: (pace: Pace, seen: number | null) => {
        this.paces.push(pace);
        this.seen.push([pace, seen]);
      },
      fault: (error: unknown) => void this.faults.push(error),
    };
    this.pacing = new Pacing(this.clock, senders, events, (tell) => {
      this.press = tell;
      return () => (this.watching = false);
    }, this.costs);
  }

  get pc(): RTCPeerConnection {
    return { getStats: async () => this.report() } as unknown as RTCPeerConnection;
  }

  get picture(): Record<string, unknown> {
    return this.senders.video.encodings[0]!;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.clock.pass(1_000);
      await settle();
    }
  }

  private report(): Map<string, unknown> {
    const timestamp = this.clock.now();
    const frames = ((timestamp - this.looked) / 1_000) * this.fps;
    this.looked = timestamp;
    const isSent = !this.down && this.senders.video.track !== null && this.picture['active'] === true;
    if (isSent) {
      this.sent.framesSent += frames;
      this.sent.framesEncoded += frames;
      this.sent.totalEncodeTime += (frames * this.encodeMs) / 1_000;
    }
    if (!this.down) {
      this.came += 100_000;
      this.arrived.framesReceived += frames;
      if (this.decodes) this.arrived.framesDecoded += frames;
      this.arrived.totalDecodeTime += (frames * this.decodeMs) / 1_000;
    }
    return new Map<string, unknown>([
      ['T', { type: 'transport', selectedCandidatePairId: this.pair }],
      [this.pair, { type: 'candidate-pair', availableOutgoingBitrate: this.available, bytesReceived: this.came }],
      ['O', { type: 'outbound-rtp', kind: 'video', timestamp, codecId: 'C', ...this.size, ...this.sent }],
      ['C', { type: 'codec', mimeType: this.kind }],
      ['I', { type: 'inbound-rtp', kind: 'video', timestamp, codecId: 'D', frameHeight: 480, ...this.arrived }],
      ['D', { type: 'codec', mimeType: this.codec }],
    ]);
  }
}

export async function begun(camera?: FakeTrack): Promise<Bench> {
  const bench = new Bench(camera);
  bench.pacing.handleConnected(bench.pc);
  bench.pacing.handleChannelOpen();
  await settle();
  return bench;
}
