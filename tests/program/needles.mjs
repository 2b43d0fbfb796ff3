// What may stand in no log, and the search for it: any number of texts at once, in whatever form.
import net from 'node:net';

const kBeginning = 7; // characters by which a text is looked up; no shorter one is looked for

const hexOf = (bytes) => Buffer.from(bytes).toString('hex');

/** The sixteen bytes of an address of either family, an IPv4 one mapped. */
function bytesOf(address) {
  if (net.isIPv4(address)) return [...Array(10).fill(0), 0xff, 0xff, ...address.split('.').map(Number)];
  const groups = (text) => text.split(':').filter(Boolean).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
  const [head, tail = ''] = address.split('::').map(groups);
  return [...head, ...Array(16 - head.length - tail.length).fill(0), ...tail];
}

/** An address as anybody may write it: every usual form, and its bytes. All in small letters. */
export function formsOf(address) {
  const bytes = bytesOf(address);
  const groups = Array.from({ length: 8 }, (_, i) => hexOf(bytes.slice(2 * i, 2 * i + 2)));
  const short = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  const wide = [groups.join(':'), short, hexOf(bytes), Buffer.from(bytes).toString('base64url').toLowerCase()];
  if (!net.isIPv4(address)) return [...new Set([...wide, groups.map((group) => parseInt(group, 16).toString(16)).join(':')])];
  const four = bytes.slice(12);
  const number = Buffer.from(four).readUInt32BE();
  const turned = Buffer.from(four).readUInt32LE();
  const narrow = [four.join('.'), four.join('-'), [...four].reverse().join('.'), four.map((byte) => String(byte).padStart(3, '0')).join('.'), hexOf(four)];
  return [...new Set([...wide, ...narrow, groups.slice(6).join(':'), `${number}`, `${turned}`])].filter((form) => form.length >= kBeginning);
}

export class Needles {
  #byBeginning = new Map();
  #known = new Map();

  /** @param {string} what it is, which a failure says in its place */
  add(what, text) {
    const form = text.toLowerCase();
    if (form.length < kBeginning) throw new Error(`${what} is too short to be looked for: ${text}`);
    if (this.#known.has(form)) return;
    this.#known.set(form, what);
    const beginning = form.slice(0, kBeginning);
    const others = this.#byBeginning.get(beginning);
    if (others) others.push(form);
    else this.#byBeginning.set(beginning, [form]);
  }

  addAddress(what, address) {
    for (const form of formsOf(address)) this.add(what, form);
  }

  get size() {
    return this.#known.size;
  }

  /** @returns {string[]} what of it stands in the text, each with the line it is in */
  findIn(text) {
    const hay = text.toLowerCase();
    const found = [];
    for (let at = 0; at + kBeginning <= hay.length; ++at) {
      for (const form of this.#byBeginning.get(hay.slice(at, at + kBeginning)) ?? []) {
        if (!hay.startsWith(form, at)) continue;
        const line = text.slice(text.lastIndexOf('\n', at) + 1).split('\n', 1)[0];
        found.push(`${this.#known.get(form)}, ${form}: ${line}`);
      }
    }
    return found;
  }
}
