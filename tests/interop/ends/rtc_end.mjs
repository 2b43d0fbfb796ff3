// One end of a call on an RTCPeerConnection, in a page or in Node: what is asked of it are its methods, what it has to say
// stands in `said` until it is drained. It runs as text in a browser, so that nothing outside of the function is used.

/**
 * @param {typeof globalThis} scope where `theEnd` is put, with RTCPeerConnection in it; outside of a browser also `instead` of what it has no
 *   devices and no document for: makeTracks(kinds), watch(track, took)
 * @param {object} signs as makeSigns() makes them
 */
export function installEnd(scope, signs) {
  const kTakenMax = 400; // of each
  const said = [];
  const say = (what, more = {}) => said.push({ what, ...more });
  const channels = new Map();
  let pc = null;

  const take = (channel) => {
    channels.set(channel.label, channel);
    channel.binaryType = 'arraybuffer';
    const opened = () => say('open', { label: channel.label });
    channel.onclose = () => say('closed', { label: channel.label });
    channel.onmessage = ({ data }) => {
      if (typeof data === 'string') say('message', { label: channel.label, text: data });
      else say('message', { label: channel.label, size: data.byteLength });
    };
    if (channel.readyState === 'open') opened();
    else channel.onopen = opened;
  };

  // Sixteen cells, black or white: the tenths of a second since it began. Read back by signs.mjs.
  const drawClock = (canvas) => {
    const context = canvas.getContext('2d');
    const since = performance.now();
    const draw = () => {
      const tenths = Math.floor((performance.now() - since) / 100);
      const [width, height] = [canvas.width / 4, canvas.height / 4];
      for (let bit = 0; bit < 16; ++bit) {
        context.fillStyle = (tenths >> bit) & 1 ? '#fff' : '#000';
        context.fillRect((bit % 4) * width, Math.floor(bit / 4) * height, width, height);
      }
    };
    draw();
    scope.setInterval(draw, 50);
  };

  const media = async (kinds) => {
    if (scope.instead) {
      for (const track of scope.instead.makeTracks(kinds)) pc.addTrack(track);
      return;
    }
    const stream = new scope.MediaStream();
    if (kinds.includes('audio')) {
      const audio = new scope.AudioContext();
      const tone = new scope.OscillatorNode(audio, { frequency: 440 });
      const out = audio.createMediaStreamDestination();
      tone.connect(out);
      tone.start();
      await audio.resume();
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    if (kinds.includes('video')) {
      const canvas = Object.assign(scope.document.createElement('canvas'), { width: 320, height: 240 });
      drawClock(canvas);
      stream.addTrack(canvas.captureStream(15).getVideoTracks()[0]);
    }
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
  };

  // What comes, as [ms, what it is]: of pictures the clock, of sound how much of a twelfth of a second is the tone (null: silence).
  const taken = { pictures: [], sound: [] };
  const took = (what, value) => {
    taken[what].push([performance.now(), value]);
    if (taken[what].length > kTakenMax) taken[what].shift();
  };

  const show = ({ track }) => {
    if (scope.instead) return scope.instead.watch(track, took);
    const stream = new scope.MediaStream([track]);
    const element = Object.assign(scope.document.createElement(track.kind), { autoplay: true, muted: track.kind === 'video', playsInline: true });
    element.srcObject = stream;
    scope.document.body.append(element);
    const fault = (error) => say('fault', { text: `${error}` });
    element.play().catch(fault);
    if (track.kind === 'video') watchPicture(element);
    else watchSound(stream).catch(fault);
  };

  const watchPicture = (video) => {
    const kSide = signs.cells * 4;
    const canvas = Object.assign(scope.document.createElement('canvas'), { width: kSide, height: kSide });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    scope.setInterval(() => {
      if (!video.videoWidth) return;
      context.drawImage(video, 0, 0, kSide, kSide);
      const { data } = context.getImageData(0, 0, kSide, kSide);
      took('pictures', signs.readClock(kSide, kSide, (x, y) => data[(y * kSide + x) * 4]));
    }, 50);
  };

  const watchSound = async (stream) => {
    const audio = new scope.AudioContext();
    const analyser = new scope.AnalyserNode(audio, { fftSize: 4096 });
    audio.createMediaStreamSource(stream).connect(analyser);
    await audio.resume();
    const samples = new Float32Array(analyser.fftSize);
    scope.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      took('sound', signs.toneShare(samples, audio.sampleRate));
    }, 100);
  };

  scope.theEnd = {
    drain: () => said.splice(0),

    async begin({ iceServers = [], relayOnly = false, send = [] }) {
      pc = new scope.RTCPeerConnection({ iceServers, iceTransportPolicy: relayOnly ? 'relay' : 'all', bundlePolicy: 'max-bundle' });
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) say('candidate', { candidate: candidate.candidate, mid: candidate.sdpMid, line: candidate.sdpMLineIndex, ufrag: candidate.usernameFragment });
      };
      pc.onconnectionstatechange = () => say('state', { state: pc.connectionState });
      pc.ondatachannel = ({ channel }) => take(channel);
      pc.ontrack = show;
      if (send.length) await media(send);
    },

    channel({ label, ordered = true, retransmissions = null }) {
      take(pc.createDataChannel(label, { ordered, ...(retransmissions === null ? {} : { maxRetransmits: retransmissions }) }));
    },

    async offer({ restart = false } = {}) {
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
      return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
    },

    async take({ type, sdp }) {
      await pc.setRemoteDescription({ type, sdp });
      if (type !== 'offer') return null;
      await pc.setLocalDescription(await pc.createAnswer());
      return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
    },

    candidate: ({ candidate, mid, line, ufrag }) => pc.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: line, ...(ufrag ? { usernameFragment: ufrag } : {}) }),

    /** What has come lately, with the time it came at. */
    seen: () => taken,

    send({ label, text, size }) {
      channels.get(label).send(size === undefined ? text : new Uint8Array(size).fill(7));
    },

    /** What both kinds of ends can tell, and no more. */
    async stats() {
      const found = { sent: {}, received: {}, frames: 0, energy: 0, clock: taken.pictures.at(-1)?.[1] ?? null, pair: null, cipher: null };
      const all = [...(await pc.getStats()).values()];
      for (const report of all) {
        if (report.type === 'outbound-rtp') found.sent[report.kind] = report.packetsSent ?? 0;
        if (report.type === 'inbound-rtp') {
          found.received[report.kind] = { packets: report.packetsReceived ?? 0, lost: report.packetsLost ?? 0 };
          if (report.kind === 'video') found.frames = report.framesDecoded ?? 0;
          else found.energy = report.totalAudioEnergy ?? 0;
        }
        if (report.type === 'transport') found.cipher = report.srtpCipher ?? null;
      }
      const pair = all.find(({ type, nominated, state, selected }) => type === 'candidate-pair' && (selected || (nominated && state === 'succeeded')));
      if (pair) {
        const typeOf = (id) => all.find((report) => report.id === id)?.candidateType ?? null;
        found.pair = { local: typeOf(pair.localCandidateId), remote: typeOf(pair.remoteCandidateId) };
      }
      return found;
    },

    close() {
      pc.close();
      pc = null;
    },
  };
}
