// Which certificates a connection really stands under, from the browser and not from what was said before: what the safety code is made
// of (docs/protocol.md, "The safety code").
//
// Browsers tell it in three ways, the first they have is taken: the transport's own certificate, the statistics about it, and the
// description in the browser's words, which names whatever it would have accepted.

import { fromHex, type Bytes } from './bytes.ts';
import type { CryptoPort } from './ports.ts';
import { kFingerprintBytes, sha256 } from './safety_code.ts';
import { fingerprintsIn } from './sdp.ts';
import { isObject } from './shape.ts';

export interface Connection {
  pc: RTCPeerConnection;
  certificate: RTCCertificate;
  /** What the partner's descriptions name, `sha-256 AA:BB:…`. */
  pinned: string | null;
}

export type LiveFlaw =
  /** This browser does not tell. */
  | 'unseen'
  /** Not everything goes over one transport, under one certificate. */
  | 'several'
  /** Another certificate than the descriptions name. */
  | 'other';

export type Live = { own: Bytes; partner: Bytes } | { flaw: LiveFlaw };

type Transport = RTCDtlsTransport & { getRemoteCertificates?: () => ArrayBuffer[] };

/** Null when it is no SHA-256 fingerprint. */
export function fingerprintBytes(text: string): Bytes | null {
  const digest = /^sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(text)?.[1];
  return digest === undefined ? null : fromHex(digest.replaceAll(':', ''));
}

function only(texts: readonly string[]): Bytes | null {
  return new Set(texts).size === 1 ? fingerprintBytes(texts[0]!) : null;
}

function ownFingerprint({ pc, certificate }: Connection): Bytes | null {
  const told = certificate.getFingerprints?.().find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256')?.value;
  return told === undefined ? only(fingerprintsIn(pc.localDescription?.sdp ?? '')) : fingerprintBytes(`sha-256 ${told}`);
}

/** Of the data channels and of everything that is sent or received, each once. */
function transportsOf(pc: RTCPeerConnection): Transport[] {
  const media = [...pc.getSenders(), ...pc.getReceivers()].map(({ transport }) => transport);
  return [...new Set([pc.sctp?.transport, ...media])].filter((transport) => transport !== null && transport !== undefined);
}

/** The certificates of all transports in the statistics; empty when the browser leaves them out. */
async function fromStatistics(pc: RTCPeerConnection): Promise<string[]> {
  const stats = new Map<string, Record<string, unknown>>();
  for (const [id, entry] of (await pc.getStats()) as unknown as Map<string, unknown>) if (isObject(entry)) stats.set(id, entry);
  const transports = [...stats.values()].filter(({ type }) => type === 'transport');
  return transports
    .map((transport) => stats.get(String(transport['remoteCertificateId'])))
    .filter((entry) => entry !== undefined)
    .map((entry) => `${String(entry['fingerprintAlgorithm'])} ${String(entry['fingerprint'])}`);
}

async function partnerFingerprint(crypto: CryptoPort, pc: RTCPeerConnection): Promise<Bytes | LiveFlaw> {
  const transports = transportsOf(pc);
  if (transports.length > 1) return 'several';
  const certificates = transports[0]?.getRemoteCertificates?.();
  if (certificates) {
    // Ours is signed by itself; whoever shows a chain is not our page.
    if (certificates.length > 1) return 'several';
    return certificates[0] ? await sha256(crypto, new Uint8Array(certificates[0])) : 'unseen';
  }
  const told = await fromStatistics(pc);
  const named = told.length > 0 ? told : fingerprintsIn(pc.remoteDescription?.sdp ?? '');
  if (named.length === 0) return 'unseen';
  return only(named) ?? 'several';
}

/** For a connection that is connected. */
export async function readLive(crypto: CryptoPort, connection: Connection): Promise<Live> {
  const own = ownFingerprint(connection);
  const partner = await partnerFingerprint(crypto, connection.pc);
  if (typeof partner === 'string') return { flaw: partner };
  if (own?.length !== kFingerprintBytes) return { flaw: 'unseen' };
  const pinned = fingerprintBytes(connection.pinned ?? '');
  return pinned?.every((byte, at) => byte === partner[at]) ? { own, partner } : { flaw: 'other' };
}
