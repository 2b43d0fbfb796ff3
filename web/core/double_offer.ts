// The double offer: both ends have made an offer and set it before either was accepted, and both intros carry one, with the candidates that had
// been found by then. Each end reads the partner's as the answer to its own: checks, the handshake, sound and picture begin on what
// came with `accepted`, without another word. It takes two browsers that number their formats alike; others make the call as usual.
// docs/decisions.md says what it gains.
//
// Who has offered first decides in ICE (RFC 8445 §6.1.1), and of two ends that both believe it one has to give way: Chromium (156) does so with
// every check of its own that is refused anew, back and forth, and some 200 ms pass before its checks are answered. So role b answers an offer
// of nobody before it makes its own, which settles it for good.

import { withRole, type DtlsRole } from './sdp.ts';

export const kDoubleOffer = true;

/** The usual, unless the other is asked for by name. */
export function makesDoubleOffer(name: string | null | undefined): boolean {
  return name === 'on' || (name !== 'off' && kDoubleOffer);
}

/** Who opens DTLS where no end has answered: as usual, not the one that is taken to have offered. */
export function roleOf(isFirst: boolean): DtlsRole {
  return isFirst ? 'passive' : 'active';
}

/** Of no certificate that there is. */
export const kNobodysFingerprint = `sha-256 ${Array(32).fill('00').join(':')}`;

/** An offer as this browser makes it, with a part for all that a call has, by `other`, which is of no more use then. Nobody can be reached by it. */
export async function offerOfNobody(other: RTCPeerConnection): Promise<string> {
  try {
    // It sends nothing: no picture of a partner is spoken of.
    for (const kind of ['audio', 'video']) other.addTransceiver(kind, { direction: 'recvonly' });
    other.createDataChannel('nobody', { negotiated: true, id: 0 });
    const { sdp = '' } = await other.createOffer();
    return sdp.replace(/^a=fingerprint:.*$/gm, `a=fingerprint:${kNobodysFingerprint}`);
  } finally {
    other.close();
  }
}

/**
 * The partner's offer as the answer to this end's: of formats and extensions what both name alike. `role` is the partner's. Null where that is
 * too little, as between browsers that number differently; both ends come to the same.
 */
export function asAnswer(own: string, partner: string, role: DtlsRole): string | null {
  const [mine, theirs] = [sectionsOf(own), sectionsOf(partner)];
  if (mine.length !== theirs.length) return null;
  const answered = theirs.map((section, at) => (at === 0 ? section : answeredSection(mine[at]!, section)));
  return answered.includes(null) ? null : withRole(answered.join(''), role);
}

const sectionsOf = (sdp: string): string[] => sdp.split(/(?=^m=)/m);

const linesOf = (section: string): string[] => section.split(/\r?\n/).filter((line) => line !== '');

const kindAndMid = (lines: string[]): string => `${/^m=(\w+)/.exec(lines[0]!)?.[1]} ${lines.find((line) => line.startsWith('a=mid:'))}`;

/** What a format is: its name and parameters, by its number. */
function formatsOf(lines: string[]): Map<string, string> {
  const formats = new Map<string, string>();
  for (const line of lines) {
    const [, format, rest] = /^a=(?:rtpmap|fmtp):(\d+) (.*)$/.exec(line) ?? [];
    if (format !== undefined) formats.set(format, `${formats.get(format) ?? ''}\n${rest}`);
  }
  return formats;
}

/** Whether a format is sound or picture by itself, and not what repairs or repeats another. */
const carries = (format: string): boolean => !/^\n(rtx|red|ulpfec|flexfec-03|telephone-event|CN)\//i.test(format);

function answeredSection(own: string, partner: string): string | null {
  const [mine, theirs] = [linesOf(own), linesOf(partner)];
  if (kindAndMid(mine) !== kindAndMid(theirs)) return null;
  const [, kind, protocol, formats] = /^m=(\w+) \d+ (\S+) (.*)$/.exec(theirs[0]!) ?? [];
  if (kind === undefined) return null;
  let kept = formats!.split(' ');
  if (kind !== 'application') {
    const [known, named] = [formatsOf(mine), formatsOf(theirs)];
    kept = kept.filter((format) => named.has(format) && known.get(format) === named.get(format));
    if (!kept.some((format) => carries(named.get(format)!))) return null;
  }
  const lines = theirs.slice(1).filter((line) => {
    const format = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    if (format !== undefined && kind !== 'application') return kept.includes(format);
    return line !== 'a=bundle-only' && (!line.startsWith('a=extmap:') || mine.includes(line));
  });
  return [`m=${kind} 9 ${protocol} ${kept.join(' ')}`, ...lines, ''].join('\r\n');
}
