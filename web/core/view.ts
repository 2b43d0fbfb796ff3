// What a page reads of a client: one object, replaced whenever something in it has changed.

import type { Told } from './accounts.ts';
import { freshState, type CallState } from './call_state.ts';
import type { Made } from './made.ts';
import type { Pace } from './pacing.ts';
import type { Badge, OwnPath } from './path.ts';
import type { Features, Room, ServerMessageOf } from './protocol.ts';
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
  /** `reached`: each end's packets go to an address that the other device has itself (far_end.ts). */
  path: { own: OwnPath | null; partner: OwnPath | null; badge: Badge; reached: boolean };
  /** The safety code of this call. */
  code: CodeView;
  /** What the partner has switched on; null until they have said. */
  partnerMedia: MediaOn | null;
  /** What this end sends at most, and why not more: null until the call is up. `partnerStill`: their picture stands still, their sound goes on. */
  picture: { own: Pace | null; partnerStill: boolean };
  /** False once the partner's page says that nothing of this person is heard there. */
  partnerHears: boolean;
  /** How this call is made, as far as it is known by now. */
  made: Made | null;
  remoteTracks: readonly MediaStreamTrack[];
  chat: readonly ChatLine[];
  /** Seconds to wait, when the server has asked for it and nothing else explains the silence. */
  slowDown: number | null;
  /** What the server and this end counted of this session, when it was last asked for. */
  ledger: Told | null;
}

const kNoPicture: View['picture'] = { own: null, partnerStill: false };

/** What belongs to one partner and goes with them. */
export function noPartner(): Pick<View, 'path' | 'code' | 'partnerMedia' | 'picture' | 'partnerHears' | 'made' | 'remoteTracks' | 'chat'> {
  const path = { own: null, partner: null, badge: 'unknown', reached: false } as const;
  return { path, code: kNoCode, partnerMedia: null, picture: kNoPicture, partnerHears: true, made: null, remoteTracks: [], chat: [] };
}

export function freshView(): View {
  return { server: 'connecting', closedWhy: null, features: null, rooms: [], call: freshState(), ...noPartner(), slowDown: null, ledger: null };
}

export function roomsAfter(rooms: readonly Room[], changed: ServerMessageOf<'rooms'>): readonly Room[] {
  return rooms.map((room) => {
    const waiting = changed.rooms.get(room.tag) ?? room.waiting;
    return { ...room, waiting, lately: Math.max(changed.lately.get(room.tag) ?? room.lately, waiting) };
  });
}
