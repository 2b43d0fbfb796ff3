// What a connection to one partner (peer.ts) needs from the world it runs in, how it is begun, and what it tells.

import type { Body, CandidateInit, Control } from './bodies.ts';
import type { CodeView } from './code_view.ts';
import type { CodecCosts } from './codec_costs.ts';
import type { CodecFacts } from './codecs.ts';
import type { Made } from './made.ts';
import type { Trouble } from './mending.ts';
import type { Pace, Saving, WatchPressure } from './pacing.ts';
import type { OwnPath } from './path.ts';
import type { PathMemory } from './path_memory.ts';
import type { Clock, CryptoPort } from './ports.ts';
import type { IceServer } from './protocol.ts';
import type { SdpFlaw } from './sdp.ts';
import type { Tracks } from './senders.ts';

export interface PeerPorts {
  clock: Clock;
  crypto: CryptoPort;
  memory: PathMemory;
  makeConnection(configuration: RTCConfiguration): RTCPeerConnection;
  makeCertificate(): Promise<RTCCertificate>;
  /** An empty one. Sound and picture that name the same stream are kept in step by the receiver. */
  makeStream(): MediaStream;
  /** Null leaves the choice of codecs to the browser. */
  codecs?: () => Promise<CodecFacts | null>;
  /** What is learnt of this device in one call is of use to the next. */
  costs?: CodecCosts;
  watchPressure?: WatchPressure;
  /** `on` or `off`, in place of the usual (double_offer.ts): for measuring. */
  doubleOffer?: string | null;
}

export type PeerMark = 'local' | 'remote' | 'relay_released';

/** `sign`: the network has changed, or the device has woken, while nothing arrived. `handshake`: a direct pair carried checks and no handshake. `relay`: it is the relay's turn. `partner`: the partner has restarted ICE, or asked for it. */
export type RestartReason = Trouble | 'sign' | 'handshake' | 'relay' | 'partner';

export type PeerEvent =
  /** `first`: it was told before, in plain and under this number, and may not have arrived. */
  | { type: 'body'; body: Body; first: number | null }
  | { type: 'code'; code: CodeView }
  /** `stuck`: the path has been broken for so long that the person is to be asked. `failed`: nothing can bring it back. */
  | { type: 'state'; state: 'connected' | 'disconnected' | 'stuck' | 'failed' }
  | { type: 'track'; track: MediaStreamTrack }
  /** Another connection has taken the place of the former, whose tracks are no more. */
  | { type: 'renewed' }
  | { type: 'control_open' }
  | { type: 'control'; message: Control }
  | { type: 'chat'; text: string }
  | { type: 'path'; own: OwnPath | null; reached: boolean }
  | { type: 'pace'; pace: Pace; seen: number | null }
  /** How the call is made, as far as it is known by now. */
  | { type: 'made'; made: Made }
  /** What went wrong and does the call no harm. */
  | { type: 'fault'; error: unknown }
  /** The partner's description was not one to connect to. */
  | { type: 'refused'; why: SdpFlaw }
  | { type: 'broken'; error: unknown }
  /** Fresh credentials for the relay, before ICE is restarted with the old ones. */
  | { type: 'servers_wanted' }
  /** ICE is restarted, or the partner has been asked to. */
  | { type: 'restart'; why: RestartReason }
  | { type: 'mark'; mark: PeerMark }
  /** Candidates of this end that nobody has been told of. */
  | { type: 'found'; found: CandidateInit[] };

export interface Beginning {
  /** May have become necessary since the connection was made; never less strict than it was made. */
  relayOnly: boolean;
  iceServers: readonly IceServer[];
  /** How many of this end's candidates its intro told. */
  told: number;
  partner: {
    /** Those in its intro. */
    candidates: CandidateInit[];
    /** Null where the handshake vouches for whatever certificate the answer names. */
    fingerprint: string | null;
    /** The partner's offer, or null when this end alone has made one. */
    sdp: string | null;
    relayOnly: boolean;
    /** Its offer may be read as the answer to this end's (double_offer.ts). */
    double: boolean;
  };
}

export interface PeerSettings {
  relayOnly: boolean;
  tracks: Tracks;
  /** Whether what is told now goes out at once. */
  canTell: () => boolean;
  saving?: Saving;
  /** What the operator lets through the relay, bits a second; null where it is not known. */
  relayBitrate?: number | null;
}
