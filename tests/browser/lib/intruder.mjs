// What a server that lies can say while two people have no path, to be their next one: descriptions and candidates that lead to a listener of
// its own, and whatever it has heard before. It stands between the pages and the real server as a mailbox does: it numbers anew what each page
// is told, so that there is room for what nobody has sent, and a page that comes back gets what it has not had.
import { createHash } from 'node:crypto';

const isOpen = (body) => body.startsWith('{');
/** Of what the real server tells from then on so many bodies have all of it before and behind them. */
const kSurroundedMax = 3;
const kForgedCertificate = `sha-256 ${Array(32).fill('AB').join(':')}`;

export class Intruder {
  /** By the address that a page comes from: what it is told in place of what the real server says. */
  boxes = {};
  #address;
  #early;
  #late;
  #intrudes = false;

  /** @param {{address: string, early: number, late: number}} listener ports: one that is told while nothing is sealed yet, one that is told only by `intrude` */
  constructor({ address, early, late }) {
    this.#address = address;
    this.#early = early;
    this.#late = late;
  }

  /** A page's own word to the real server, which knows of no other numbers than its own. */
  fromPage(message, page) {
    const box = this.#boxOf(page);
    if (!message.have) return message;
    if (message.type === 'hello') box.had = message.have.seq;
    return { ...message, have: { ...message.have, seq: box.real } };
  }

  /** @param say tells this connection of the page's something @returns {object[]} what the page at that address hears in place of a message of the real server */
  lie(message, page, say) {
    const box = this.#boxOf(page);
    switch (message.type) {
      case 'welcome':
        box.say = say;
        box.epoch = message.epoch;
        return [message, ...(message.resumed ? box.letters.filter(({ seq }) => seq > box.had) : [])];
      case 'accepted':
        box.call = message.call;
        return [{ ...message, ...(isOpen(message.intro) && { intro: JSON.stringify(this.#withEarly(this.#learn(JSON.parse(message.intro), box), 'candidates')) }) }];
      case 'relay':
        box.real = message.seq;
        return this.#relay(message.body, box);
      default:
        return [message];
    }
  }

  /** Both pages are told everything, now and around what they tell each other next. */
  intrude() {
    this.#intrudes = true;
    for (const box of Object.values(this.boxes)) for (const letter of this.#injected(box)) box.say(letter);
  }

  /** What each page was told that nobody has sent: {address: [{seq, what, digest}]} */
  injections() {
    return Object.fromEntries(Object.entries(this.boxes).map(([page, { injected }]) => [page, injected]));
  }

  #boxOf(page) {
    return (this.boxes[page] ??= { had: 0, real: 0, letters: [], passed: [], injected: [], surrounded: 0, call: null, epoch: '', sdp: null, say: null });
  }

  #relay(body, box) {
    box.passed.push(body);
    const parsed = isOpen(body) ? this.#learn(JSON.parse(body), box) : null;
    const told = parsed?.kind === 'candidates' ? JSON.stringify(this.#withEarly(parsed, 'list')) : body;
    if (!this.#intrudes || box.surrounded++ >= kSurroundedMax) return [this.#letter(told, box)];
    const before = this.#injected(box);
    return [...before, this.#letter(told, box), ...this.#injected(box)];
  }

  /** The partner's description, while it can be read. */
  #learn(said, box) {
    box.sdp = said.sdp ?? box.sdp;
    return said;
  }

  #withEarly(said, key) {
    return { ...said, [key]: [...(said[key] ?? []), { candidate: this.#candidate(this.#early), sdpMid: '0', sdpMLineIndex: 0 }] };
  }

  #candidate(port) {
    return `candidate:1 1 udp 2122260223 ${this.#address} ${port} typ host`;
  }

  #letter(body, box) {
    const seq = box.letters.length + 1;
    const letter = { type: 'relay', call: box.call, epoch: box.epoch, seq, id: seq, body };
    box.letters.push(letter);
    return letter;
  }

  #injected(box) {
    const partner = Object.values(this.boxes).find((each) => each !== box);
    const sealed = box.passed.filter((body) => !isOpen(body));
    const said = [
      ...this.#forged(box.sdp ?? partner.sdp).map((body) => ({ what: 'forged', body: JSON.stringify(body) })),
      ...sealed.slice(-2).map((body) => ({ what: 'spoilt', body: spoilt(body) })),
      ...box.passed.map((body) => ({ what: 'replayed', body })),
      ...partner.passed.map((body) => ({ what: 'reflected', body })),
    ];
    return said.map(({ what, body }) => {
      const letter = this.#letter(body, box);
      box.injected.push({ seq: letter.seq, what, digest: digestOf(body) });
      return letter;
    });
  }

  /** The partner's own certificate with the listener's way, somebody else's certificate with it, and the way alone. */
  #forged(sdp) {
    const led = sdp
      .replace(/^a=candidate:.*\r\n/gm, '')
      .replace(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${'e'.repeat(24)}`)
      .replace(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:evil\r\na=${this.#candidate(this.#late)}`);
    const offers = [led, led.replace(/^a=fingerprint:.*$/gm, `a=fingerprint:${kForgedCertificate}`)];
    const as = (setup) => (text) => text.replace(/^a=setup:.*$/gm, `a=setup:${setup}`);
    return [
      { kind: 'candidates', list: [{ candidate: this.#candidate(this.#late), sdpMid: '0', sdpMLineIndex: 0 }], end: false },
      ...[0, 1, 2].flatMap((round) => [
        ...offers.map(as('actpass')).map((text) => ({ kind: 'offer', sdp: text, round, renewed: false })),
        ...offers.map(as('active')).map((text) => ({ kind: 'answer', sdp: text, round })),
      ]),
      { kind: 'offer_wanted', restart: true, round: 0, renew: false },
    ];
  }
}

/** What stands for a body where there are many. */
export function digestOf(body) {
  return createHash('sha256').update(body).digest('base64url').slice(0, 16);
}

/** A sealed body of which one letter is another, behind its counter. */
function spoilt(body) {
  const at = Math.floor(body.length / 2);
  return `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`;
}

/** What a body says, however it is written. */
function meant({ kind, round = null, sdp = null, list = [], restart = false, renew = false, renewed = false, end = false }) {
  return JSON.stringify([kind, round, sdp, list.map(({ candidate }) => candidate), restart, renew, renewed, end]);
}

/** Bodies that were heard and that the partner has not told, or not so often. @param {object[]} heard @param {object[]} told */
export function untold(heard, told) {
  const left = told.map(meant);
  return heard.filter((body) => {
    const at = left.indexOf(meant(body));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
