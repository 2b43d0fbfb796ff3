// Finds web addresses in a message, so that they can be opened. Everything stays text: what is no plain http(s) address is not a link.

export interface Piece {
  text: string;
  href: string | null;
}

/** Marks that turn the direction of what follows belong to the text around an address: in it they could show another one. */
const kAddress = /https?:\/\/[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const kPairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '»': '«', '”': '“' };
const kNotAtTheEnd = new Set(['.', ',', ';', ':', '!', '?', '…', '،', '؛', '؟', '।', '*', '_', '~']);

export function splitLinks(message: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of message.matchAll(kAddress)) {
    const address = withoutTail(match[0]);
    const href = readAddress(address);
    if (href === null) continue;
    if (match.index > from) pieces.push({ text: message.slice(from, match.index), href: null });
    pieces.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < message.length) pieces.push({ text: message.slice(from), href: null });
  return pieces;
}

/** The sentence's own punctuation, and a bracket that was opened before the address, are not the address's. */
function withoutTail(address: string): string {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1]!;
    const opening = kPairs[last];
    const isForeign = opening !== undefined && count(address.slice(0, end), last) > count(address.slice(0, end), opening);
    if (!isForeign && !kNotAtTheEnd.has(last)) break;
    end -= 1;
  }
  return address.slice(0, end);
}

const count = (text: string, letter: string): number => text.split(letter).length - 1;

function readAddress(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  // A user name in front of the host is mostly there to be taken for the host.
  const isPlain = (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '';
  return isPlain && url.hostname !== '' ? url.href : null;
}
