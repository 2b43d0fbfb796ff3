// What a page reads of a client: one object, replaced whenever something in it has changed.

import type { Told } from './accounts.ts';
import { freshState, type CallState } from './call_state.ts';
import type { Badge, OwnPath } from './path.ts';
import type { Features, Room } from './protocol.ts';
import type { ClosedWhy } from './session.ts';
import { kNoCode, type CodeView } from './code_view.ts';

export type ServerState = 'connecting' | 'open' | 'lost' | 'closed';

export interface ChatLine {
  mine: boolean;
  text: string;
}

/** What somebody has switched on. `screen`: the picture is a screen, not a camera. */
export interface MediaOn {
  video: boolean;
  sound: boolean;
  screen: boolean;
}

export interface View {
  server: ServerState;
  closedWhy: ClosedWhy | null;
  /** What the server offers; null until it has said so. */
  features: Features | null;
  rooms: readonly Room[];
  call: Readonly<CallState>;
  path: { own: OwnPath | null; partner: OwnPath | null; badge: Badge };
  /** The safety code of this call. */
  code: CodeView;
  /** What the partner has switched on; null until they have said. */
  partnerMedia: MediaOn | null;
  remoteTracks: readonly MediaStreamTrack[];
  chat: readonly ChatLine[];
  /** Seconds to wait, when the server has asked for it and nothing else explains the silence. */
  slowDown: number | null;
  /** What the server and this end counted of this session, when it was last asked for. */
  ledger: Told | null;
}

/** What belongs to one partner and goes with them. */
export function noPartner(): Pick<View, 'path' | 'code' | 'partnerMedia' | 'remoteTracks' | 'chat'> {
  return { path: { own: null, partner: null, badge: 'unknown' }, code: kNoCode, partnerMedia: null, remoteTracks: [], chat: [] };
}

export function freshView(): View {
  return { server: 'connecting', closedWhy: null, features: null, rooms: [], call: freshState(), ...noPartner(), slowDown: null, ledger: null };
}
