// What this end sends: a sound and a picture, each from its own transceiver for the whole call.

import type { CodecOrder } from './codecs.ts';
import { withCodecsFirst } from './sdp.ts';

export type Track = 'audio' | 'video';
export type Tracks = Record<Track, MediaStreamTrack | null>;

const kKinds = ['audio', 'video'] as const;

export class Senders {
  private readonly stream: MediaStream;
  private readonly tracks: Tracks;
  /** Null leaves the choice to the browser. */
  private codecs: CodecOrder | null = null;
  /** Sound does not go twice, neither from here nor to here. */
  private once = false;
  /** Kinds of pictures that the partner cannot decode. */
  private readonly avoided = new Set<string>();
  private pc: RTCPeerConnection | null = null;

  /** `stream`: sound and picture that name the same one are kept in step by the receiver. */
  constructor(stream: MediaStream, tracks: Tracks) {
    this.stream = stream;
    this.tracks = { ...tracks };
  }

  attach(pc: RTCPeerConnection): void {
    this.pc = pc;
  }

  setCodecs(codecs: CodecOrder): void {
    this.codecs = codecs;
  }

  /** True when the partner is to be told of it, by another round of descriptions. `negotiated`: there has been one. */
  setOnce(once: boolean, negotiated: boolean): boolean {
    const before = this.takes('audio');
    this.once = once;
    if (before[0]?.mimeType === this.takes('audio')[0]?.mimeType) return false;
    // What is offered or answered just now may have the former order.
    if (!negotiated) return true;
    // Where the partner does not take it twice it never went so.
    return this.sender('audio')?.getParameters().codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'audio/red') ?? false;
  }

  /** The partner cannot decode this kind of picture. True when another round of descriptions is to bring another. */
  avoid(codec: string): boolean {
    if (!this.codecs?.sendsVideo.includes(codec) || this.avoided.has(codec)) return false;
    const [before] = this.sendsVideo;
    this.avoided.add(codec);
    return this.sendsVideo[0] !== before;
  }

  /** What cannot be decoded goes last: it may be all that the two have in common. */
  private get sendsVideo(): readonly string[] {
    const all = this.codecs?.sendsVideo ?? [];
    return [...all.filter((kind) => !this.avoided.has(kind)), ...all.filter((kind) => this.avoided.has(kind))];
  }

  /** Sound as it is wanted by now: for the next description, not for one that is under way. */
  preferSound(): void {
    for (const transceiver of this.transceivers()) if (transceiver.receiver.track.kind === 'audio') this.prefer(transceiver);
  }

  /** The partner's description, with what this end prefers to send first. */
  read(sdp: string): string {
    const read = this.codecs ? withCodecsFirst(sdp, 'video', this.sendsVideo) : sdp;
    return this.once ? withCodecsFirst(read, 'audio', ['opus']) : read;
  }

  /** Both directions from the start, with or without a track: switching a camera on later needs no negotiation. */
  add(): void {
    for (const kind of kKinds) this.prefer(this.pc!.addTransceiver(this.tracks[kind] ?? kind, { direction: 'sendrecv', streams: [this.stream] }));
  }

  /** The partner's offer has made the transceivers: this end sends by them as well. */
  join({ prefers }: { prefers: boolean }): void {
    for (const transceiver of this.transceivers()) {
      transceiver.direction = 'sendrecv';
      transceiver.sender.setStreams?.(this.stream);
      if (prefers) this.prefer(transceiver);
    }
  }

  private prefer(transceiver: RTCRtpTransceiver): void {
    const codecs = this.takes(transceiver.receiver.track.kind as Track);
    if (codecs.length === 0) return;
    try {
      transceiver.setCodecPreferences([...codecs]);
    } catch {
      // A wish: where the browser does not take it its own order holds, and the call goes on.
    }
  }

  private takes(kind: Track): readonly RTCRtpCodec[] {
    if (!this.codecs) return [];
    return kind === 'video' ? this.codecs.video : this.codecs.audio[this.once ? 'once' : 'twice'];
  }

  /** What is sent from now on. It goes out with the next `put`. */
  set(kind: Track, track: MediaStreamTrack | null): void {
    this.tracks[kind] = track;
  }

  async put(kind: Track): Promise<void> {
    await this.sender(kind)?.replaceTrack(this.tracks[kind]);
  }

  async putAll(): Promise<void> {
    for (const kind of kKinds) await this.put(kind);
  }

  /** Nothing is sent any more, at once. */
  stop(): void {
    for (const sender of this.pc?.getSenders() ?? []) void sender.replaceTrack(null).catch(() => {});
  }

  /** Without those of sections that a description has switched off. */
  private transceivers(): RTCRtpTransceiver[] {
    return this.pc?.getTransceivers().filter(({ direction }) => direction !== 'stopped') ?? [];
  }

  sender(kind: Track): RTCRtpSender | undefined {
    return this.transceivers().find((transceiver) => transceiver.receiver.track.kind === kind)?.sender;
  }
}
