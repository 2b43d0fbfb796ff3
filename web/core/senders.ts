// What this end sends: a sound and a picture, each from its own transceiver for the whole call.

export type Track = 'audio' | 'video';
/** What is preferred; what is missing is the browser's to choose. */
export type CodecOrder = Partial<Record<Track, readonly RTCRtpCodec[]>>;
export type Tracks = Record<Track, MediaStreamTrack | null>;

const kKinds = ['audio', 'video'] as const;

export class Senders {
  private readonly stream: MediaStream;
  private readonly tracks: Tracks;
  private codecs: CodecOrder = {};
  private pc: RTCPeerConnection | null = null;

  /** `stream`: sound and picture that name the same one are kept in step by the receiver. */
  constructor(stream: MediaStream, tracks: Tracks) {
    this.stream = stream;
    this.tracks = { ...tracks };
  }

  attach(pc: RTCPeerConnection, codecs: CodecOrder = {}): void {
    this.pc = pc;
    this.codecs = codecs;
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
    const codecs = this.codecs[transceiver.receiver.track.kind as Track];
    if (codecs && codecs.length > 0) transceiver.setCodecPreferences([...codecs]);
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
