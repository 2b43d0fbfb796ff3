// What a call is, what happens to it and what it asks for: the vocabulary of the machine in call.ts.

import type { Can, Control } from './bodies.ts';
import type { Beginning, OwnDescription, PeerEvent } from './peer.ts';
import type { Category, ClientMessage, Kind, Media, Role, SeekPrefs, ServerMessage, Welcome } from './protocol.ts';

export const kPhases = ['idle', 'seeking', 'card', 'accepting', 'connecting', 'connected', 'ended'] as const;
export type Phase = (typeof kPhases)[number];

export const kEndReasons = [
  // This person left, declined, or gave no answer.
  'you',
  'declined',
  'silent',
  // The partner left, or went on to somebody else.
  'left',
  'next',
  // No connection came about; one broke and did not mend; the partner did not come back.
  'failed',
  'lost',
  'gone',
  // A relay was wanted and the server names none.
  'no_relay',
  // Somebody between the two changed the certificate.
  'fingerprint',
  // Private calls: not the link's key; two others are in it; open in another tab.
  'key',
  'full',
  'replaced',
  // No such room, or the server offers none.
  'closed',
  // This tab's session with the server has ended for good while it was looking for somebody.
  'session',
  // Rooms are shut to this device for a while: several people have reported it, or the operator has banned it. `until` says when.
  'cooldown',
  'banned',
] as const;
export type EndReason = (typeof kEndReasons)[number];

/** How the call stands with the server. The call itself needs it only to be set up and repaired. */
export type Standing = 'live' | 'half' | 'away' | 'gone';

/** Why a meeting led back to the search: it was not wanted or not there any more, the partner's page was reloaded, or they had another key. */
export type Unmet = 'not_met' | 'reload' | 'key';

export interface CallState {
  phase: Phase;
  kind: Kind | null;
  room: string | null;
  prefs: SeekPrefs;
  /** "Meet right away": accept whoever is found. */
  instant: boolean;
  relayOnly: boolean;
  call: string | null;
  role: Role | null;
  partner: { media: Media; topics: string[] } | null;
  /** People who wait longer; null until the server has told that it has the wish. */
  ahead: number | null;
  estimate: number | null;
  /** When the card lapses, on the clock of `now`. */
  answerBy: number | null;
  standing: Standing;
  /** The path is interrupted at the moment. */
  shaky: boolean;
  /** It has been for so long that the person is asked: keep trying, or end the call. */
  stuck: boolean;
  reason: EndReason | null;
  /** When this device may look for somebody again, on the clock of `now`; with the reasons `cooldown` and `banned`. */
  until: number | null;
  /** What became of the last meeting that led back to this search; null when none did. */
  unmet: Unmet | null;
  /** Somebody without the key has tried to join since this private call was opened. */
  someoneTried: boolean;
  /** The call that `block` and `report` are about: this one, or the last; null once the server knows nothing of it any more. */
  about: string | null;
  noted: { block: Noted; report: Noted };
}

/**
 * Whether the server has confirmed what was said to it. `waiting`: it is away, and gets it as soon as it is back. `failed`: it could
 * not do it, or may never have got it; saying it again is right while `about` stands.
 */
export type Noted = boolean | 'waiting' | 'failed';

export interface Wish {
  prefs: SeekPrefs;
  instant: boolean;
  relayOnly: boolean;
}

export type CallEvent =
  | ({ type: 'seek'; room: string } & Wish)
  | ({ type: 'open' } & Wish)
  | { type: 'instant'; on: boolean }
  /** What this person brings has changed: a camera came or went. */
  | { type: 'bring'; media: Media }
  /** From now on every call goes by a relay: what is stricter wins. */
  | { type: 'relay_only' }
  | { type: 'accept' | 'decline' | 'leave' | 'next' | 'home' | 'block' | 'keep' }
  | { type: 'report'; category: Category; note: string }
  | { type: 'up'; welcome: Welcome; resumed: boolean }
  | { type: 'down' }
  | { type: 'closed' }
  | { type: 'server'; message: ServerMessage }
  | { type: 'knocked'; round: number; id: string; door: string; seat: string; noise: string }
  | { type: 'knock_checked'; round: number; greeting: { answers: boolean; relayOnly: boolean } | null }
  | { type: 'described'; round: number; own: OwnDescription | null }
  | { type: 'intro_sealed'; round: number; intro: string | null }
  | { type: 'intro_opened'; round: number; intro: { sdp: string; can: Can } | null }
  | { type: 'peer'; round: number; event: PeerEvent }
  | { type: 'timer'; name: TimerName };

export type TimerName = 'answer' | 'connect' | 'retry' | 'block';

export type Command =
  /** `post` waits for the server when it is away, `send` does not. */
  | { do: 'send' | 'post'; message: ClientMessage }
  | { do: 'mail'; call: string | null }
  | { do: 'warm'; round: number; relayOnly: boolean }
  | { do: 'describe'; round: number; offers: boolean; mayDouble: boolean }
  | { do: 'begin'; round: number; beginning: Beginning }
  | { do: 'apply'; round: number; call: string; id: number; body: string }
  /** Goes on mending the path. */
  | { do: 'keep'; round: number }
  | { do: 'drop'; round: number; bye: Control | null }
  | { do: 'knock'; round: number; relayOnly: boolean }
  | { do: 'check_knock'; round: number; noise: string }
  | { do: 'seal_intro'; round: number; sdp: string; relayOnly: boolean }
  | { do: 'open_intro'; round: number; intro: string }
  | { do: 'timer'; name: TimerName; ms: number }
  | { do: 'stop'; name: TimerName };

const kNobody: SeekPrefs = { media: 'video', need: 'any' };

export function freshState(): CallState {
  return {
    phase: 'idle',
    kind: null,
    room: null,
    prefs: kNobody,
    instant: false,
    relayOnly: false,
    call: null,
    role: null,
    partner: null,
    ahead: null,
    estimate: null,
    answerBy: null,
    standing: 'live',
    shaky: false,
    stuck: false,
    reason: null,
    until: null,
    unmet: null,
    someoneTried: false,
    about: null,
    noted: { block: false, report: false },
  };
}
