// A server that lies: between the pages and the real one, it reads every message and, once told to, puts itself between two strangers with
// peer connections of its own. They run in a page of their own (installMallory) and pass sound, picture and data on, so that the two see
// and hear each other as ever.
import { createServer, request } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const kMalloryPage = '<!doctype html><title>in between</title>';

export class GoBetween {
  /** Bodies that pages have sent, as they came: {seat, body}. */
  bodies = [];
  /** What is done to the two who meet next: 'nothing', or how the safety code's messages are handled (installMallory). */
  attack = 'nothing';
  /** Whether the one in between makes double offers herself (docs/protocol.md), in place of the usual. */
  doubles = false;
  /** Called with a body that is to be passed on, which waits for it. */
  onPassing = () => {};
  /** Called when a body has been passed on to the page with that seat. */
  onPassed = () => {};
  mallory = null;
  #target;
  #http;
  #pages = [];
  #browserPage = null;

  /** @param server the real one @param page where the connections in between are made */
  static async before(server, page) {
    const between = new GoBetween();
    between.#target = new URL(server.origin);
    between.#http = createServer((incoming, outgoing) => between.#pass(incoming, outgoing));
    const sockets = new WebSocketServer({ server: between.#http, path: '/ws', handleProtocols: (names) => [...names][0] });
    sockets.on('connection', (socket, { headers }) => between.#join(socket, headers));
    await new Promise((listening) => between.#http.listen(0, '127.0.0.1', listening));
    between.origin = `http://localhost:${between.#http.address().port}`;
    between.#browserPage = page;
    await between.#browserPage.goto(`${between.origin}/in-between`);
    await between.#browserPage.evaluate(installMallory);
    return between;
  }

  async close() {
    for (const { socket } of this.#pages) socket.terminate();
    this.#http.closeAllConnections?.();
    await new Promise((closed) => this.#http.close(closed));
  }

  /** Runs in the page in between. */
  inBetween(fn, ...args) {
    return this.#browserPage.evaluate(fn, ...args);
  }

  /** Says this to the page with that seat as if it came from its partner through the server. */
  inject(seat, body) {
    this.#pageOf(seat).say(body);
  }

  /** A connection of its own, waiting for the page with that seat. @returns {Promise<{fingerprint: string, ufrag: string, pwd: string, candidates: string[]}>} where it is and what it shows */
  async standBy(seat) {
    const { offer, ...shown } = await this.inBetween((...args) => mallory.meet(...args), seat, 'nothing', { ...this.#pageOf(seat).intro, sdp: null });
    return { ...shown, candidates: offer.match(/^a=candidate:.*$/gm).map((line) => line.trim()) };
  }

  #pageOf(seat) {
    return this.#pages.filter((each) => each.seat === seat).at(-1);
  }

  #pass(incoming, outgoing) {
    if (incoming.url === '/in-between') return outgoing.setHeader('content-type', 'text/html').end(kMalloryPage);
    const { hostname, port } = this.#target;
    const options = { host: hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers };
    incoming.pipe(request(options, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    }));
  }

  #join(socket, { host, origin }) {
    const page = new Page(this, socket, new WebSocket(`ws://${this.#target.host}/ws`, 'visavis.1', { headers: { host, origin } }));
    this.#pages.push(page);
  }
}

/** One page's connection, both ways in order. */
class Page {
  seat = null;
  /** What the page has told of itself. */
  intro = null;
  #between;
  #server;
  #call = null;
  #epoch = '';
  #attacked = false;
  #queue = Promise.resolve();
  #waiting = [];
  /** Where the numbers of what the page hears stand. */
  #last = { seq: 0, id: 0 };

  constructor(between, socket, server) {
    this.#between = between;
    this.socket = socket;
    this.#server = server;
    socket.on('message', (data) => this.#inTurn(() => this.#fromPage(JSON.parse(data))));
    server.on('message', (data) => this.#inTurn(() => this.#fromServer(JSON.parse(data))));
    server.on('open', () => this.#waiting.splice(0).forEach((text) => server.send(text)));
    // One that is not open yet makes an error of being closed.
    socket.on('close', () => (server.readyState === server.CONNECTING ? server.once('open', () => server.close()) : server.close()));
    server.on('close', () => socket.close());
  }

  say(body) {
    const seq = this.#last.seq + 1;
    const id = this.#last.id + 1;
    this.#last = { seq, id };
    this.#toPage({ type: 'relay', call: this.#call, epoch: this.#epoch, seq, id, body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  #inTurn(run) {
    this.#queue = this.#queue.then(run).catch((error) => console.error('in between:', error));
  }

  #toPage(message) {
    this.socket.send(JSON.stringify(message));
  }

  #toServer(message) {
    const text = JSON.stringify(message);
    if (this.#server.readyState === WebSocket.OPEN) this.#server.send(text);
    else this.#waiting.push(text);
  }

  async #fromPage(message) {
    if (message.type === 'ping') delete message.have;
    if (message.type === 'accept') this.intro = JSON.parse(message.intro);
    if (message.type === 'relay') {
      this.#between.bodies.push({ seat: this.seat, body: message.body });
      if (this.#attacked) await this.#hear(message.body);
    }
    this.#toServer(message);
  }

  async #fromServer(message) {
    if (message.type === 'welcome') this.#epoch = message.epoch;
    if (message.type === 'matched') {
      this.#call = message.call;
      this.seat = message.role;
      this.#last = { seq: 0, id: 0 };
      this.#attacked = this.#between.attack !== 'nothing';
    }
    if (message.type === 'relay') {
      // Numbered anew, so that there is room for what nobody has sent.
      if (this.#attacked) return;
      await this.#between.onPassing(message.body);
      this.say(message.body);
      return this.#between.onPassed(this.seat, message.body);
    }
    if (message.type === 'accepted' && this.#attacked) return this.#introduce(message);
    this.#toPage(message);
  }

  /** The page is told of a partner that is the page in between. */
  async #introduce(message) {
    const { double, sdp, candidates, ...intro } = JSON.parse(message.intro);
    const { attack, doubles } = this.#between;
    const made = await this.#between.inBetween((...args) => mallory.meet(...args), this.seat, attack, this.intro, doubles);
    const { fingerprint, ufrag, pwd, offer, answer } = made;
    // Without one, as any page may do, she takes the double offer that she is made for a usual one.
    const more = { ...(offer ? { sdp: offer } : {}), ...(doubles ? { double: true } : {}) };
    this.#toPage({ ...message, intro: JSON.stringify({ ...intro, fingerprint, ufrag, pwd, ...more }) });
    if (answer) this.say({ kind: 'answer', sdp: answer, round: 0 });
  }

  async #hear(text) {
    if (text.startsWith('{')) await this.#between.inBetween((...args) => mallory.hear(...args), this.seat, JSON.parse(text));
  }
}

/** A page's description, with the way to another connection and that one's certificate in place of its own (`standBy`). */
export function grafted(sdp, { fingerprint, ufrag, pwd, candidates }) {
  const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:'));
  return lines
    .flatMap((line) => {
      if (line.startsWith('a=fingerprint:')) return [`a=fingerprint:${fingerprint}`];
      if (line.startsWith('a=ice-ufrag:')) return [`a=ice-ufrag:${ufrag}`, ...candidates];
      return [line.startsWith('a=ice-pwd:') ? `a=ice-pwd:${pwd}` : line];
    })
    .join('\r\n');
}

/**
 * Runs in the page in between. `meet` plays the partner of the page with that seat. How it handles the safety code's messages:
 *   play      runs the code with each of the two as a partner would
 *   forward   passes what one says on to the other
 *   reflect   gives everybody back what they have said
 *   again     plays, and says its commitment once more instead of revealing
 *   forge     plays, and reveals another nonce than it had committed to
 *   old       says again what it has said to the page with that seat in the call before, under the same certificate
 */
function installMallory() {
  const ends = {};
  /** What was said to each seat in the newest call that was played, and the certificate that each always sees. */
  const said = {};
  const certificates = {};
  const bytes = (text) => new Uint8Array(text.match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16)));
  const fromText = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const toText = (from) => btoa(String.fromCharCode(...from)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
  const sha256 = async (from) => new Uint8Array(await crypto.subtle.digest('SHA-256', from));
  const printOf = (sdp) => bytes(/a=fingerprint:sha-256 (\S+)/i.exec(sdp)[1].replaceAll(':', ''));
  const other = (seat) => ends[seat === 'a' ? 'b' : 'a'];

  const gathered = (pc) => new Promise((done) => {
    const look = () => pc.iceGatheringState === 'complete' && done(pc.localDescription.sdp);
    pc.addEventListener('icegatheringstatechange', look);
    look();
  });

  /** The code as a partner would run it, written without a look at how the page does. */
  class Run {
    nonce = crypto.getRandomValues(new Uint8Array(32));
    digits = null;
    constructor(seat, own, partner, attack) {
      Object.assign(this, { seat, own, partner, attack });
      if (attack !== 'old') said[seat] = {};
    }
    commitment(from, to, nonce) {
      return sha256(join(new TextEncoder().encode('vv-sas1'), from, to, nonce));
    }
    async commit() {
      if (this.attack === 'old') return said[this.seat].commit;
      return (said[this.seat].commit = { kind: 'code', step: 'commit', value: toText(await this.commitment(this.own, this.partner, this.nonce)) });
    }
    async hear(message) {
      if (message.step === 'commit') {
        if (this.attack === 'again') return this.commit();
        const told = this.attack === 'forge' ? crypto.getRandomValues(new Uint8Array(32)) : this.nonce;
        if (this.attack === 'old') return said[this.seat].reveal;
        return (said[this.seat].reveal = { kind: 'code', step: 'reveal', value: toText(told) });
      }
      if (message.step === 'reveal') {
        this.digits = await this.codeWith(fromText(message.value));
        return { kind: 'code', step: 'done', taken: 0 };
      }
      return message.step === 'done' ? { kind: 'code', step: 'sealed' } : null;
    }
    async codeWith(theirs) {
      const isLow = toHex(this.own) < toHex(this.partner);
      const [low, high] = isLow ? [this, { own: this.partner, nonce: theirs }] : [{ own: this.partner, nonce: theirs }, this];
      const key = await crypto.subtle.importKey('raw', join(low.nonce, high.nonce), 'HKDF', false, ['deriveBits']);
      const salt = join(low.own, high.own);
      const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode('vv-sas1 code') }, key, 24);
      return String(new DataView(bits).getUint16(0) * 256 + new DataView(bits).getUint8(2)).padStart(8, '0');
    }
  }
  const toHex = (from) => [...from].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  async function makeEnd(seat, attack) {
    certificates[seat] ??= await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' });
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', certificates: [certificates[seat]] });
    const end = { pc, run: null, early: [], tracks: [], sinks: [] };
    ends[seat] = end;
    for (const [name, id] of [['control', 0], ['chat', 1]]) {
      const channel = pc.createDataChannel(name, { negotiated: true, id, ordered: true });
      end[name] = channel;
      end[`${name}Waiting`] = [];
      channel.onopen = async () => {
        for (const text of end[`${name}Waiting`].splice(0)) channel.send(text);
        if (name === 'control' && !['forward', 'reflect'].includes(attack)) channel.send(JSON.stringify(await end.run.commit()));
      };
      let turn = Promise.resolve();
      channel.onmessage = ({ data }) => (turn = turn.then(() => handle(end, seat, attack, name, data)));
    }
    pc.ontrack = ({ track }) => {
      end.tracks.push(track);
      // Chromium takes sound from afar only while something plays it.
      const sink = Object.assign(document.createElement(track.kind), { srcObject: new MediaStream([track]), muted: true });
      end.sinks.push(sink);
      void sink.play();
      pass();
    };
    return end;
  }

  async function handle(end, seat, attack, name, text) {
    const message = name === 'control' ? JSON.parse(text) : null;
    if (message?.kind !== 'code' || attack === 'forward') return sayTo(other(seat), name, text);
    if (attack === 'reflect') return end.control.send(text);
    const answer = await end.run.hear(message);
    if (answer) end.control.send(JSON.stringify(answer));
  }

  function sayTo(end, name, text) {
    if (end?.[name].readyState === 'open') end[name].send(text);
    else end?.[`${name}Waiting`].push(text);
  }

  /** What one sends is sent to the other, now or once there is one. */
  function pass() {
    for (const from of ['a', 'b']) {
      for (const each of ends[from]?.tracks ?? []) {
        const sender = other(from)?.pc.getTransceivers().find(({ receiver }) => receiver.track.kind === each.kind)?.sender;
        if (sender && sender.track !== each) void sender.replaceTrack(each);
      }
    }
  }

  window.mallory = {
    /** `intro`: what the page has told of itself. Its partner from here on. `doubles`: both have offered, and each takes the other's offer for the answer to its own. */
    async meet(seat, attack, intro, doubles = false) {
      const { pc } = await makeEnd(seat, attack);
      const answers = !doubles && seat === 'a' && intro.sdp;
      for (const kind of answers ? [] : ['audio', 'video']) pc.addTransceiver(kind, { direction: 'sendrecv' });
      if (answers) {
        await pc.setRemoteDescription({ type: 'offer', sdp: intro.sdp });
        for (const transceiver of pc.getTransceivers()) transceiver.direction = 'sendrecv';
        await pc.setLocalDescription(await pc.createAnswer());
        for (const candidate of intro.candidates ?? []) await pc.addIceCandidate(candidate).catch(() => {});
      } else await pc.setLocalDescription(await pc.createOffer());
      const sdp = await gathered(pc);
      if (doubles) {
        // Who is found second opens DTLS.
        const theirs = intro.sdp.replaceAll('a=setup:actpass', `a=setup:${seat === 'a' ? 'passive' : 'active'}`).replaceAll('a=bundle-only\r\n', '');
        await pc.setRemoteDescription({ type: 'answer', sdp: theirs });
        for (const candidate of intro.candidates ?? []) await pc.addIceCandidate(candidate).catch(() => {});
      }
      ends[seat].run = new Run(seat, printOf(sdp), bytes(intro.fingerprint.replace('sha-256 ', '').replaceAll(':', '')), attack);
      const [fingerprint, ufrag, pwd] = ['fingerprint', 'ice-ufrag', 'ice-pwd'].map((name) => new RegExp(`a=${name}:(.*)`).exec(sdp)[1].trim());
      return { fingerprint, ufrag, pwd, ...(answers ? { answer: sdp } : { offer: sdp }) };
    },
    async hear(seat, body) {
      const { pc, early } = ends[seat];
      if (body.kind === 'answer') await pc.setRemoteDescription({ type: 'answer', sdp: body.sdp });
      if (body.kind === 'candidates') early.push(...body.list);
      if (!pc.remoteDescription) return;
      for (const candidate of early.splice(0)) await pc.addIceCandidate(candidate).catch(() => {});
      pass();
    },
    digits: () => ['a', 'b'].map((seat) => ends[seat].run.digits),
    /** Seats whose page is connected to here. */
    connected: () => ['a', 'b'].filter((seat) => ends[seat]?.pc.connectionState === 'connected'),
    leave() {
      for (const seat of ['a', 'b']) {
        ends[seat]?.pc.close();
        delete ends[seat];
      }
    },
  };
}
