// The machine of a meeting, led into any of its phases, and everything that can happen to it by name: what the tables of
// core's README are checked against.

import type { CallEvent, CallState, Command, Phase } from '../call_state.ts';
import { Call, kBusyRetriesMax } from '../call.ts';
import type { PeerEvent } from '../peer.ts';
import { parseServerMessage, type Kind, type ServerMessage, type Welcome } from '../protocol.ts';

const kCall = '0.call';
const kFingerprint = 'sha-256 AA';
const kWish = { prefs: { media: 'video', need: 'any' }, instant: false, relayOnly: false } as const;
const kOwn = { fingerprint: kFingerprint, ufrag: 'u', pwd: 'p', sdp: 'v=0' };
const kIntro = JSON.stringify({ v: 1, fingerprint: kFingerprint, ufrag: 'u', pwd: 'p', can: {} });
const kRelay = [{ urls: ['turn:relay.example'], username: 'u', credential: 'c' }];

/** What happens, with the meeting's round filled in where it is one of the meeting's own. */
type Happening = CallEvent | ((machine: Machine) => CallEvent[]);

export class Machine {
  readonly call = new Call();
  readonly commands: Command[] = [];
  private round = 0;

  handle(...events: CallEvent[]): void {
    for (const event of events) {
      const commands = this.call.handle(event, 0);
      this.commands.push(...commands);
      for (const command of commands) if (command.do === 'warm') this.round = command.round;
    }
  }

  /** Does it, and gives the phases it led through. */
  apply(happening: Happening): CallState[] {
    const states: CallState[] = [];
    for (const event of typeof happening === 'function' ? happening(this) : [happening]) {
      this.handle(event);
      states.push(...this.call.passed.slice(1), ...(this.call.passed.length > 0 ? [{ ...this.call.state }] : []));
    }
    return states;
  }

  ofRound(event: { type: 'described' | 'knock_checked' | 'intro_sealed' | 'intro_opened' | 'knocked' | 'peer' } & Record<string, unknown>): CallEvent {
    return { ...event, round: this.round } as CallEvent;
  }
}

function message(fields: Record<string, unknown> & { type: string }): CallEvent {
  const read = parseServerMessage(JSON.stringify(fields));
  if (!read) throw new Error(`no message of the protocol: ${JSON.stringify(fields)}`);
  return { type: 'server', message: read };
}

function welcome(call: string | null, state = 'live'): Welcome {
  const features = { rooms: true, private: true };
  const standing = call === null ? null : { call, role: 'a', state };
  const read = message({ type: 'welcome', session: 's', resume: 'r', epoch: 'e', resumed: true, features, call: standing });
  return (read as { message: ServerMessage }).message as Welcome;
}

const up = (call: string | null, resumed = true): CallEvent => ({ type: 'up', welcome: welcome(call), resumed });
const left = (reason: string): CallEvent => message({ type: 'left', call: kCall, reason });
const refusal = (code: string, about: string, retry_after = 60): CallEvent => message({ type: 'error', code, about, retry_after });
const peer = (event: PeerEvent) => (machine: Machine) => [machine.ofRound({ type: 'peer', event })];
const matched = message({ type: 'matched', call: kCall, role: 'a', prefs: { room: 'ta', media: 'video' } });
const joined = message({ type: 'joined', call: kCall, role: 'a', noise: 'AAAA', prefs: { media: 'video' } });
const accepted = (intro: string, ice_servers: unknown = kRelay): CallEvent => message({ type: 'accepted', call: kCall, intro, ice_servers });

/** Leads a new machine into a phase; null where a call of this kind never is. */
export function machineIn(kind: Kind, phase: Phase): Machine | null {
  const machine = new Machine();
  machine.handle(up(null, false));
  if (phase === 'idle') return machine;
  machine.handle(kind === 'room' ? { type: 'seek', room: 'ta', ...kWish } : { type: 'open', ...kWish });
  if (phase === 'seeking') return machine;
  machine.handle(kind === 'room' ? matched : joined);
  if (phase === 'card') return kind === 'room' ? machine : null;
  if (kind === 'room') machine.handle({ type: 'accept' });
  else machine.handle(machine.ofRound({ type: 'knock_checked', greeting: { answers: true, relayOnly: false } }));
  machine.handle(machine.ofRound({ type: 'described', own: kOwn }));
  if (kind === 'private') machine.handle(machine.ofRound({ type: 'intro_sealed', intro: 'message 2' }));
  if (phase === 'accepting') return machine;
  machine.handle(accepted(kIntro));
  if (phase === 'connecting') return machine;
  machine.apply(peer({ type: 'state', state: 'connected' }));
  if (phase === 'ended') machine.handle(left('left'));
  return machine;
}

/** What happens to calls of one kind only. */
export const kOnly: Record<string, Kind> = {
  'accepted, not to be read': 'room',
  'the other does not hold the key': 'private',
  'message 2 does not fit the key': 'private',
};

/** Everything that can happen to a call, by the name it has in the tables. */
export const kHappenings: Record<string, Happening> = {
  'seek()': { type: 'seek', room: 'hi', ...kWish },
  'open()': { type: 'open', ...kWish },
  'accept': { type: 'accept' },
  'decline': { type: 'decline' },
  'next': { type: 'next' },
  'leave': { type: 'leave' },
  'home': { type: 'home' },
  'block': { type: 'block' },
  'report()': { type: 'report', category: 'spam', note: '' },
  'meetRightAway()': { type: 'instant', on: true },
  'bring()': { type: 'bring', media: 'sound' },
  'waiting': message({ type: 'waiting', room: 'ta', ahead: 1 }),
  'matched': matched,
  'matched, meeting right away': () => [{ type: 'instant', on: true }, matched],
  'joined': joined,
  'the other does not hold the key': (machine) => [machine.ofRound({ type: 'knock_checked', greeting: null })],
  'accepted': accepted(kIntro),
  'accepted, not to be read': accepted('{}'),
  'accepted, hiding but no relay there': (machine) => {
    machine.call.state.relayOnly = true;
    return [accepted(kIntro, [])];
  },
  'message 2 does not fit the key': (machine) => [
    machine.ofRound({ type: 'knock_checked', greeting: { answers: false, relayOnly: false } }),
    accepted('message 2'),
    machine.ofRound({ type: 'intro_opened', intro: null }),
  ],
  'left: not_met': left('not_met'),
  'left: silent': left('silent'),
  'left: left': left('left'),
  'left: next': left('next'),
  'left: failed': left('failed'),
  'left: key': left('key'),
  'left: reload': left('reload'),
  'left: you': left('you'),
  'left: gone': left('gone'),
  'left: gone, the path being interrupted': (machine) => [...peer({ type: 'state', state: 'disconnected' })(machine), left('gone')],
  'back': message({ type: 'back', call: kCall }),
  'full': message({ type: 'full' }),
  'error: cooldown': refusal('cooldown', 'seek'),
  'error: banned': refusal('banned', 'seek'),
  'error: unknown_room': refusal('unknown_room', 'seek'),
  'error: rooms_closed': refusal('rooms_closed', 'seek'),
  'error: private_closed': refusal('private_closed', 'open'),
  'error: replaced': refusal('replaced', 'open'),
  'error: rate': refusal('rate', 'seek'),
  'error: busy': refusal('busy', 'seek'),
  'error: busy, again and again': () => Array.from({ length: kBusyRetriesMax + 1 }, () => refusal('busy', 'seek')),
  'error: not_member, about accept': refusal('not_member', 'accept'),
  'error: not_kept': refusal('not_kept', 'report'),
  'the server is lost': { type: 'down' },
  'the server is back, the call standing': () => [{ type: 'down' }, up(kCall)],
  'the server is back, the call not standing': () => [{ type: 'down' }, up(null)],
  'the session is over': { type: 'closed' },
  'own connection could not be described': (machine) => [machine.ofRound({ type: 'described', own: null })],
  'connection: connected': peer({ type: 'state', state: 'connected' }),
  'connection: interrupted': peer({ type: 'state', state: 'disconnected' }),
  'connection: stuck': peer({ type: 'state', state: 'stuck' }),
  'connection: stuck, the call not standing': (machine) => [{ type: 'down' }, up(null), ...peer({ type: 'state', state: 'stuck' })(machine)],
  'the server is back, the call not standing, the path being stuck': (machine) => [...peer({ type: 'state', state: 'stuck' })(machine), { type: 'keep' }, { type: 'down' }, up(null)],
  'the session is over, the path being stuck': (machine) => [...peer({ type: 'state', state: 'stuck' })(machine), { type: 'closed' }],
  'keep()': (machine) => [...peer({ type: 'state', state: 'stuck' })(machine), { type: 'keep' }],
  'connection: failed': peer({ type: 'state', state: 'failed' }),
  'connection: an error inside': peer({ type: 'broken', error: new Error('test') }),
  'certificate: another than announced': peer({ type: 'refused', why: 'other_fingerprint' }),
  'bye: left': peer({ type: 'control', message: { kind: 'bye', reason: 'left' } }),
  'bye: next': peer({ type: 'control', message: { kind: 'bye', reason: 'next' } }),
  'bye: failed': peer({ type: 'control', message: { kind: 'bye', reason: 'failed' } }),
  'no answer in time': { type: 'timer', name: 'answer' },
  'no connection in time': { type: 'timer', name: 'connect' },
};
