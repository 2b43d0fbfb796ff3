// Runs inside the page before the page's own code: keeps every message that crosses the WebSocket and every
// RTCPeerConnection, so that tests judge what really happened and not what the page says about itself.
// Self-contained: it is sent to the browser as source text.

/** @param {{encoded?: boolean, firstFrame?: boolean}} options encoded: let tests read and change encoded frames. */
export function installProbe(options = {}) {
  if (window.vvProbe) return;
  const probe = { sockets: [], received: [], sent: [], peers: [], tracks: [], errors: [], firstFrames: [] };
  Object.defineProperty(window, 'vvProbe', { value: probe });

  const NativeSocket = window.WebSocket;
  window.WebSocket = class WebSocket extends NativeSocket {
    constructor(...args) {
      super(...args);
      probe.sockets.push(this);
      this.addEventListener('message', (event) => {
        probe.received.push({ at: performance.now(), text: String(event.data) });
        if (options.firstFrame && String(event.data).includes('"type":"accepted"')) watchFirstFrame();
      });
    }
    send(data) {
      probe.sent.push({ at: performance.now(), text: String(data) });
      return super.send(data);
    }
  };

  const NativePeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends NativePeer {
    constructor(configuration, ...rest) {
      super(options.encoded ? { ...configuration, encodedInsertableStreams: true } : configuration, ...rest);
      probe.peers.push(this);
      this.addEventListener('track', (event) => probe.tracks.push(event.track));
    }
  };
  window.addEventListener('error', (event) => probe.errors.push(String(event.message)));
  window.addEventListener('unhandledrejection', (event) => probe.errors.push(`rejection: ${event.reason}`));

  /** The newest peer connection that is not closed. */
  probe.peer = () => probe.peers.filter((peer) => peer.connectionState !== 'closed').at(-1);

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
  function watchFirstFrame() {
    const start = performance.now();
    let done = false;
    const note = (how, at) => {
      if (done) return;
      done = true;
      probe.firstFrames.push({ how, ms: at - start });
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
      const video = [...((await probe.peer()?.getStats()) ?? new Map()).values()].find((s) => s.type === 'inbound-rtp' && s.kind === 'video');
      if (video?.framesDecoded > 0) note('decoded', performance.now());
      else setTimeout(poll, 10);
    };
    poll();
  }
}
