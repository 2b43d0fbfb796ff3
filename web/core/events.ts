// What a page can hear, and the one place where it is derived: from what the view was and what it has become.

import type { CallState, EndReason, Phase, Standing, Unmet } from './call_state.ts';
import type { Kind, Room } from './protocol.ts';
import type { CodeView } from './code_view.ts';
import type { ClosedWhy } from './session.ts';
import type { ChatLine, MediaOn, ServerState, View } from './view.ts';

export interface ClientEvents {
  /** Something in the view is different. */
  change: View;
  server: { state: ServerState; why: ClosedWhy | null };
  rooms: { rooms: readonly Room[] };
  /** A step of the state diagram; the more telling ones below follow it. */
  phase: { from: Phase; to: Phase };
  /** The server has the wish; whoever waits has moved up, or the guess has changed. */
  queue: { ahead: number; estimate: number | null };
  /** Somebody was found. With `instant`, and in a private call, they are accepted without being asked. */
  matched: Pick<CallState, 'kind' | 'room' | 'role' | 'partner' | 'answerBy' | 'instant'>;
  /** The meeting came to nothing, or the partner's page was reloaded; the search goes on by itself. */
  unmatched: { from: Phase; cause: Unmet };
  /** The two devices are connected: the call has begun. */
  call: Pick<CallState, 'kind' | 'room' | 'role'>;
  shaky: { shaky: boolean };
  /** The path has been interrupted for long: the person is asked whether to keep trying. False when it is answered, or mended. */
  stuck: { stuck: boolean };
  standing: { standing: Standing };
  path: View['path'];
  /** The safety code, or why there is none. */
  code: CodeView;
  /** The partner's tracks; empty once the partner is gone. */
  tracks: { tracks: readonly MediaStreamTrack[] };
  partnerMedia: MediaOn;
  chat: ChatLine;
  /** The server's answer to `block` and `report`; `kept` false: say it again, if `about` still names the call. */
  noted: { what: 'block' | 'report'; kept: boolean };
  /** Private calls: somebody without the link's key was turned away. */
  someoneTried: { kind: Kind | null };
  slowDown: { seconds: number };
  /** `from`: how far it had come. */
  ended: { reason: EndReason; until: number | null; kind: Kind | null; room: string | null; from: Phase };
  /** For a developer: what went wrong inside a connection. */
  fault: { error: unknown };
}

export type EventName = keyof ClientEvents;

export const kEventNames: Record<EventName, true> = {
  change: true,
  server: true,
  rooms: true,
  phase: true,
  queue: true,
  matched: true,
  unmatched: true,
  call: true,
  shaky: true,
  stuck: true,
  standing: true,
  path: true,
  code: true,
  tracks: true,
  partnerMedia: true,
  chat: true,
  noted: true,
  someoneTried: true,
  slowDown: true,
  ended: true,
  fault: true,
};

export type Occurrence = { [K in EventName]: [K, ClientEvents[K]] }[EventName];

/** What happened between two views. `passed`: the states of the call between them, oldest first, each as it was left. */
export function occurrences(before: View, after: View, passed: readonly CallState[] = []): Occurrence[] {
  const found: Occurrence[] = [];
  const states = [before.call, ...passed, after.call];
  states.slice(1).forEach((state, at) => found.push(...callOccurrences(states[at]!, state)));
  return [...found, ...partnerOccurrences(before, after), ...serverOccurrences(before, after), ['change', after]];
}

function serverOccurrences(before: View, after: View): Occurrence[] {
  const found: Occurrence[] = [];
  if (before.server !== after.server) found.push(['server', { state: after.server, why: after.closedWhy }]);
  if (before.rooms !== after.rooms) found.push(['rooms', { rooms: after.rooms }]);
  if (before.slowDown !== after.slowDown && after.slowDown !== null) found.push(['slowDown', { seconds: after.slowDown }]);
  return found;
}

function partnerOccurrences(before: View, after: View): Occurrence[] {
  const found: Occurrence[] = [];
  if (!samePaths(before.path, after.path)) found.push(['path', after.path]);
  if (before.code !== after.code && after.code.state !== 'none') found.push(['code', after.code]);
  if (!sameTracks(before.remoteTracks, after.remoteTracks)) found.push(['tracks', { tracks: after.remoteTracks }]);
  if (before.partnerMedia !== after.partnerMedia && after.partnerMedia) found.push(['partnerMedia', after.partnerMedia]);
  for (const line of newLines(before.chat, after.chat)) found.push(['chat', line]);
  return found;
}

function sameTracks(left: View['remoteTracks'], right: View['remoteTracks']): boolean {
  return left.length === right.length && left.every((track, at) => track === right[at]);
}

function samePaths(left: View['path'], right: View['path']): boolean {
  return left.own === right.own && left.partner === right.partner && left.badge === right.badge && left.reached === right.reached;
}

/** The oldest lines are let go of, so that the newest known one says where to go on. */
function newLines(before: readonly ChatLine[], after: readonly ChatLine[]): readonly ChatLine[] {
  const known = before[before.length - 1];
  return after.slice(known === undefined ? 0 : after.lastIndexOf(known) + 1);
}

function callOccurrences(before: CallState, after: CallState): Occurrence[] {
  const found: Occurrence[] = before.phase === after.phase ? [] : phaseOccurrences(before, after);
  const { kind, ahead, estimate, shaky, stuck, standing, noted } = after;
  const isHeard = after.phase === 'seeking' && ahead !== null;
  if (isHeard && (before.ahead !== ahead || before.estimate !== estimate)) found.push(['queue', { ahead, estimate }]);
  if (inCall(after) && before.shaky !== shaky) found.push(['shaky', { shaky }]);
  if (inCall(after) && before.stuck !== stuck) found.push(['stuck', { stuck }]);
  if (inCall(after) && before.standing !== standing) found.push(['standing', { standing }]);
  if (after.someoneTried && !before.someoneTried) found.push(['someoneTried', { kind }]);
  for (const what of ['block', 'report'] as const) {
    const now = noted[what];
    if ((now === true || now === 'failed') && now !== before.noted[what]) found.push(['noted', { what, kept: now === true }]);
  }
  return found;
}

function phaseOccurrences(before: CallState, after: CallState): Occurrence[] {
  const found: Occurrence[] = [['phase', { from: before.phase, to: after.phase }]];
  const { kind, room, role, partner, answerBy, instant, reason, until, unmet } = after;
  if (before.phase === 'seeking' && isMeeting(after)) found.push(['matched', { kind, room, role, partner, answerBy, instant }]);
  if (after.phase === 'seeking' && (isMeeting(before) || inCall(before))) found.push(['unmatched', { from: before.phase, cause: unmet ?? 'not_met' }]);
  if (after.phase === 'connected') found.push(['call', { kind, room, role }]);
  if (after.phase === 'ended') found.push(['ended', { reason: reason ?? 'you', until, kind, room, from: before.phase }]);
  return found;
}

function isMeeting({ phase }: CallState): boolean {
  return phase === 'card' || phase === 'accepting';
}

function inCall({ phase }: CallState): boolean {
  return phase === 'connecting' || phase === 'connected';
}
