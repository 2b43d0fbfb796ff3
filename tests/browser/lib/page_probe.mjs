// Runs inside the page before the page's own code: keeps every message that crosses the WebSocket or a data channel and every
// RTCPeerConnection, so that tests judge what really happened and not what the page says about itself.
// Self-contained: it is sent to the browser as source text.

/**
 * @param {{debug?: boolean, soundMarker?: string, firstFrame?: boolean, relayOnly?: boolean, lacks?: string[],
 *   rewrite?: [string, string][], double?: string}} options
 *   debug: the page shows its inside as window.visavis from its first load on;
 *   soundMarker: (Chromium) appended to every encoded frame of sound before it is encrypted, counted and taken off at
 *   the other end; firstFrame: note the time from `accepted` to the first decoded frame (a test may call `watchFirstFrame` itself); relayOnly: no candidate of the
 *   partner but a relay's is heard, as between networks that let nothing else through; lacks: what this browser shall not have;
 *   rewrite: replaced in every message from the server before the page hears it; double: `on` or `off`, whether a double offer is made, in place of the usual.
 */
export function installProbe(options = {}) {
  if (window.vvProbe) return;
  // An empty page has no storage of its own.
  if (location.protocol.startsWith('http')) {
    if (options.debug) localStorage.setItem('visavis.debug', '1');
    if (options.double) localStorage.setItem('visavis.double', options.double);
  }
  const probe = { sockets: [], received: [], sent: [], heard: [], said: [], peers: [], tracks: [], errors: [], firstFrames: [], markedSent: [], markedReceived: 0, control: null,
    // What a server of another kind would say in place of ours; a test may set another.
    rewrite: (text) => (options.rewrite ?? []).reduce((said, [from, to]) => said.replaceAll(from, to), text) };
  Object.defineProperty(window, 'vvProbe', { value: probe });
  // The clock may stand still between two messages; their order does not.
  let messages = 0;
  const noted = (text) => ({ at: performance.now(), order: messages++, text: String(text) });

  const NativeSocket = window.WebSocket;
  window.WebSocket = class WebSocket extends NativeSocket {
    constructor(...args) {
      super(...args);
      probe.sockets.push(this);
      // Before the page hears it.
      this.addEventListener('message', (event) => {
        const text = probe.rewrite(String(event.data));
        if (!event.isTrusted || text === event.data) return;
        event.stopImmediatePropagation();
        this.dispatchEvent(new MessageEvent('message', { data: text }));
      });
      this.addEventListener('message', (event) => {
        probe.received.push(noted(event.data));
        if (options.firstFrame && String(event.data).includes('"type":"accepted"')) probe.watchFirstFrame();
      });
    }
    send(data) {
      probe.sent.push(noted(data));
      return super.send(data);
    }
  };

  const NativePeer = window.RTCPeerConnection;
  const extended = (configuration) => (options.soundMarker ? { ...configuration, encodedInsertableStreams: true } : configuration);
  window.RTCPeerConnection = class RTCPeerConnection extends NativePeer {
    constructor(configuration, ...rest) {
      super(extended(configuration), ...rest);
      probe.peers.push(this);
      this.addEventListener('iceconnectionstatechange', () => {
        if (['connected', 'completed'].includes(this.iceConnectionState)) this.vvFoundWay = true;
      });
      this.addEventListener('track', (event) => {
        probe.tracks.push(event.track);
        if (!options.soundMarker) return;
        transform(event.receiver, event.track.kind, takeMark);
        transform(event.transceiver.sender, event.track.kind, putMark);
      });
    }
    setConfiguration(configuration) {
      return super.setConfiguration(extended(configuration));
    }
    createDataChannel(...args) {
      const channel = super.createDataChannel(...args);
      if (args[0] === 'control') probe.control = channel;
      channel.addEventListener('message', ({ data }) => probe.heard.push(noted(data)));
      channel.send = (data) => {
        // Whatever a test has put in its place by now.
        RTCDataChannel.prototype.send.call(channel, data);
        probe.said.push(noted(data));
      };
      return channel;
    }
    addIceCandidate(candidate) {
      if (options.relayOnly && candidate?.candidate && !candidate.candidate.includes(' typ relay')) return Promise.resolve();
      return super.addIceCandidate(candidate);
    }
    addTrack(...args) {
      const sender = super.addTrack(...args);
      if (options.soundMarker) transform(sender, args[0].kind, putMark);
      return sender;
    }
    addTransceiver(...args) {
      const transceiver = super.addTransceiver(...args);
      const kind = typeof args[0] === 'string' ? args[0] : args[0].kind;
      if (options.soundMarker) transform(transceiver.sender, kind, putMark);
      return transceiver;
    }
  };

  const mark = new TextEncoder().encode(options.soundMarker ?? '');
  const transformed = new Set();
  function transform(end, kind, change) {
    if (transformed.has(end)) return;
    transformed.add(end);
    const { readable, writable } = end.createEncodedStreams();
    const each = (frame, controller) => {
      if (kind === 'audio') change(frame);
      controller.enqueue(frame);
    };
    readable.pipeThrough(new TransformStream({ transform: each })).pipeTo(writable);
  }
  function putMark(frame) {
    const plain = new Uint8Array(frame.data);
    const marked = new Uint8Array(plain.length + mark.length);
    marked.set(plain);
    marked.set(mark, plain.length);
    frame.data = marked.buffer;
    if (probe.markedSent.length < 200) probe.markedSent.push([...plain]);
  }
  function takeMark(frame) {
    const marked = new Uint8Array(frame.data);
    const start = marked.length - mark.length;
    if (start < 0 || mark.some((byte, index) => marked[start + index] !== byte)) return;
    frame.data = marked.slice(0, start).buffer;
    probe.markedReceived += 1;
  }

  for (const name of options.lacks ?? []) Object.defineProperty(window, name, { value: undefined });

  // Nothing is loaded from anywhere else; what the policy has stopped would be the page's own wish to.
  document.addEventListener('securitypolicyviolation', (event) => probe.errors.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  probe.strangers = () =>
    [...new Set(performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin))].filter((origin) => origin !== location.origin && origin !== 'null');
  window.addEventListener('error', (event) => probe.errors.push(String(event.message)));
  window.addEventListener('unhandledrejection', (event) => probe.errors.push(`rejection: ${event.reason}`));

  /** Those over which the partner was reached, oldest first: others are made for a description alone, or given up before anything came of them. */
  probe.reaching = () => probe.peers.filter((peer) => peer.vvFoundWay);

  /** The newest peer connection that is not closed. */
  probe.peer = () => probe.peers.filter((peer) => peer.connectionState !== 'closed').at(-1);

  /** How long the partner's picture has been playing, in s: what is decoded need not be shown. 0 without a picture. */
  const playedFor = () => {
    const isTheirs = (video) => video.srcObject?.getTracks().some((track) => track.kind === 'video' && probe.tracks.includes(track));
    const video = [...document.querySelectorAll('video')].find(isTheirs);
    return video?.videoWidth > 0 ? video.currentTime : 0;
  };

  /** What the newest connection does, in numbers; null without one. */
  probe.summary = async () => {
    const peer = probe.peer();
    if (!peer) return null;
    const stats = [...(await peer.getStats()).values()];
    const of = (type, kind) => stats.filter((s) => s.type === type && (!kind || s.kind === kind));
    const byId = new Map(stats.map((s) => [s.id, s]));
    const video = of('inbound-rtp', 'video').at(-1);
    const audio = of('inbound-rtp', 'audio').at(-1);
    const transport = of('transport')[0];
    const pair =
      byId.get(transport?.selectedCandidatePairId) ??
      of('candidate-pair').find((p) => p.selected) ??
      of('candidate-pair').find((p) => p.nominated && p.state === 'succeeded');
    const candidate = (id) => {
      const c = byId.get(id);
      return c && { type: c.candidateType, protocol: c.protocol, relayProtocol: c.relayProtocol, address: c.address, port: c.port, url: c.url };
    };
    return {
      connection: peer.connectionState,
      ice: peer.iceConnectionState,
      frames: video?.framesDecoded ?? 0,
      played: playedFor(),
      energy: audio?.totalAudioEnergy ?? 0,
      samples: audio?.totalSamplesReceived ?? 0,
      local: candidate(pair?.localCandidateId),
      remote: candidate(pair?.remoteCandidateId),
      dtls: {
        state: transport?.dtlsState ?? null,
        senders: peer.getSenders().filter((s) => s.transport).map((s) => s.transport.state),
        version: transport?.tlsVersion ?? null,
        cipher: transport?.dtlsCipher ?? null,
        srtp: transport?.srtpCipher ?? null,
      },
    };
  };

  // The first decoded frame, as the sooner of: a stats poll that shows one, a painted one reported by a video element.
  probe.watchFirstFrame = () => {
    const start = performance.now();
    let done = false;
    const note = (how, at) => {
      if (done) return;
      done = true;
      probe.firstFrames.push({ how, at, ms: at - start });
    };
    const watched = new Set();
    const poll = async () => {
      if (done || performance.now() - start > 30_000) return;
      for (const video of document.querySelectorAll('video')) {
        const remote = video.srcObject?.getTracks().some((track) => probe.tracks.includes(track));
        if (!remote || watched.has(video)) continue;
        watched.add(video);
        video.requestVideoFrameCallback?.(() => note('painted', performance.now()));
      }
      // A connection that is closed meanwhile, for another to take its place, may leave this unanswered.
      const report = await Promise.race([probe.peer()?.getStats().catch(() => null), new Promise((late) => setTimeout(late, 200))]);
      const video = [...(report ?? new Map()).values()].find((s) => s.type === 'inbound-rtp' && s.kind === 'video');
      if (video?.framesDecoded > 0) note('decoded', performance.now());
      else setTimeout(poll, 10);
    };
    poll();
  };
}
