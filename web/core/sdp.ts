// What is read from a session description before it is trusted with anything. The browser's own text is sent on unchanged
// except that candidates are taken out of it: they travel by themselves, when the policy lets them.

export interface SdpFacts {
  /** The DTLS certificate's fingerprint, `sha-256 AA:BB:…` in capitals: the same for every section. */
  fingerprint: string;
  ufrag: string;
  pwd: string;
}

export type SdpFlaw =
  | 'unreadable'
  | 'no_fingerprint'
  | 'weak_fingerprint'
  | 'two_fingerprints'
  | 'other_fingerprint'
  | 'plaintext'
  | 'unbundled'
  | 'repeated'
  | 'no_rtcp_mux';

/** Every one of these is RTP under DTLS-SRTP, or SCTP under DTLS. */
const kProtocols = ['UDP/TLS/RTP/SAVPF', 'TCP/TLS/RTP/SAVPF', 'UDP/DTLS/SCTP', 'TCP/DTLS/SCTP'];

interface Section {
  lines: string[];
  media: { kind: string; port: string; protocol: string } | null;
}

function readSections(sdp: string): Section[] {
  const sections: Section[] = [{ lines: [], media: null }];
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) {
      const [kind = '', port = '', protocol = ''] = line.slice(2).split(' ');
      sections.push({ lines: [], media: { kind, port, protocol } });
    }
    sections[sections.length - 1]!.lines.push(line);
  }
  return sections;
}

function values(section: Section, attribute: string): string[] {
  const prefix = `a=${attribute}:`;
  return section.lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

/**
 * Every fingerprint that some browser may find in a text: Firefox (153) takes `a=FINGERPRINT` and `a= fingerprint` for one as well, and connects to
 * whoever has it. A line may end where another reader ends it.
 */
export function fingerprintsIn(sdp: string): string[] {
  const lines = sdp.split(/[\r\n\v\f\0\u0085\u2028\u2029]/);
  const found = lines.map((line) => /^\s*a\s*=\s*fingerprint\s*:?\s*(.*)$/i.exec(line)?.[1]);
  return [...new Set(found.filter((value) => value !== undefined).map(normalFingerprint))];
}

function normalFingerprint(text: string): string {
  const [hash = '', ...digest] = text.trim().split(/\s+/);
  return `${hash.toLowerCase()} ${digest.join(' ').toUpperCase()}`;
}

/** A section is in use unless its port is 0 and nothing says that this is only because it is bundled (RFC 9143 §6). */
function isUsed(section: Section): boolean {
  return section.media !== null && (section.media.port !== '0' || section.lines.includes('a=bundle-only'));
}

/**
 * Accepts a description only if everything in it is encrypted, runs over one transport, stands under one certificate, and no kind of
 * media is in it twice: each section in use would have this device encode its camera once more. The certificate is
 * `pinned` (a fingerprint known beforehand), or any single one when that is null.
 */
export function checkSdp(sdp: string, pinned: string | null): { ok: true; facts: SdpFacts } | { ok: false; why: SdpFlaw } {
  const [session, ...media] = readSections(sdp);
  const used = media.filter(isUsed);
  if (!session || used.length === 0 || !sdp.startsWith('v=0')) return { ok: false, why: 'unreadable' };
  if (used.some((section) => !kProtocols.includes(section.media!.protocol))) return { ok: false, why: 'plaintext' };
  if ([session, ...media].some((section) => values(section, 'crypto').length > 0)) return { ok: false, why: 'plaintext' };

  const shared = values(session, 'fingerprint');
  if (used.some((section) => shared.length + values(section, 'fingerprint').length === 0)) return { ok: false, why: 'no_fingerprint' };
  const fingerprints = fingerprintsIn(sdp);
  if (fingerprints.length > 1) return { ok: false, why: 'two_fingerprints' };
  const fingerprint = fingerprints[0]!;
  if (!/^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(fingerprint)) return { ok: false, why: 'weak_fingerprint' };
  if (pinned !== null && normalFingerprint(pinned) !== fingerprint) return { ok: false, why: 'other_fingerprint' };

  const bundle = values(session, 'group').map((group) => group.split(' ')).find(([kind]) => kind === 'BUNDLE') ?? [];
  if (used.some((section) => !bundle.includes(values(section, 'mid')[0] ?? ''))) return { ok: false, why: 'unbundled' };
  const rtp = used.filter((section) => section.media!.protocol.endsWith('SAVPF'));
  if (rtp.some((section) => !section.lines.includes('a=rtcp-mux'))) return { ok: false, why: 'no_rtcp_mux' };
  if (new Set(used.map((section) => section.media!.kind)).size < used.length) return { ok: false, why: 'repeated' };

  const first = (attribute: string) => values(used[0]!, attribute)[0] ?? values(session, attribute)[0] ?? '';
  return { ok: true, facts: { fingerprint, ufrag: first('ice-ufrag'), pwd: first('ice-pwd') } };
}

export function withoutCandidates(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !line.startsWith('a=candidate:') && line !== 'a=end-of-candidates')
    .join('\r\n');
}

export type DtlsRole = 'active' | 'passive';

/** Who opens DTLS, by an answer (RFC 8842 §5.3): the end that gave it is `active` or `passive`. */
export function answererRole(answer: string): DtlsRole {
  return /^a=setup:passive\r?$/m.test(answer) ? 'passive' : 'active';
}

/** An offer that leaves the role open, with the role this end has already. */
export function withRole(offer: string, role: DtlsRole): string {
  return offer.replace(/^a=setup:actpass(?=\r?$)/gm, `a=setup:${role}`);
}

/**
 * A partner's description with these codecs of one kind of media first, in this order, and the others behind them as they were: of what the
 * partner takes a browser sends what stands first.
 */
export function withCodecsFirst(sdp: string, kind: 'audio' | 'video', names: readonly string[]): string {
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map((section) => (section.startsWith(`m=${kind} `) ? withFormatsSorted(section, names) : section)).join('');
}

function withFormatsSorted(section: string, names: readonly string[]): string {
  const named = new Map([...section.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)].map(([, format, name]) => [format, name!.toLowerCase()]));
  const rank = (format: string): number => {
    const at = names.indexOf(named.get(format) ?? '');
    return at === -1 ? names.length : at;
  };
  return section.replace(/^(m=\S+ \S+ \S+ )(.*?)(?=\r?$)/m, (_, head: string, formats: string) => {
    return head + formats.split(' ').sort((one, other) => rank(one) - rank(other)).join(' ');
  });
}

/** `host`, `srflx`, `prflx` or `relay`; empty when the candidate line does not say. */
export function candidateType(candidate: string): string {
  return / typ (\w+)/.exec(candidate)?.[1] ?? '';
}

/** The address a candidate names, or empty. RFC 8839 §5.1: foundation component transport priority address port typ … */
export function candidateAddress(candidate: string): string {
  return candidate.split(' ')[4] ?? '';
}

/** Whether a Firefox wrote it, which names itself in the origin line (RFC 8866 §5.2): there is no other way to know a partner's browser. */
export function isFirefox(sdp: string): boolean {
  return /^o=mozilla/m.test(sdp);
}
