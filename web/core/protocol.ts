// The signaling messages of docs/protocol.md, version 1: their types, and the reading of what a server sends.

import { flag, integer, isObject, list, number, object, oneOf, or, orNull, parseJson, table, text, type Shape } from './shape.ts';

export const kVersion = 1;
export const kSubprotocol = 'visavis.1';
/** A sender keeps this many bodies of a call for sending again. */
export const kBodiesKept = 64;
/** After so many bodies a page says how far it has come. */
export const kTellHaveEvery = 16;
export const kIntroBytesMax = 16 * 1024;
export const kIceUrlsMax = 3;
export const kAnswerSeconds = 20;
export const kReportSeconds = 30 * 86_400;
export const kChatLettersMax = 4_000;
export const kNoteLettersMax = 500;
export const kRulesLettersMax = 4_000;
const kContactLettersMax = 512;
/** The token a page keeps on its device. */
export const kDeviceBytesMin = 16;
export const kDeviceBytesMax = 32;

export const kCategories = ['harassment', 'sexual', 'minor', 'hate', 'violence', 'spam', 'other'] as const;
export type Category = (typeof kCategories)[number];

export type Role = 'a' | 'b';
export type Media = 'video' | 'sound';
export type Kind = 'room' | 'private';
export type LeaveReason = 'left' | 'next' | 'key' | 'failed';
export type LeftReason = LeaveReason | 'gone' | 'reload' | 'not_met' | 'silent' | 'you';
export type Privacy = 'direct' | 'relay_only';

/** How far one direction of a call has come in one life of the server. */
export interface Have {
  epoch: string;
  seq: number;
}

export interface SeekPrefs {
  media: Media;
  need: 'any' | 'video';
  topics?: string[];
}

export type ClientMessage =
  | { type: 'hello'; version: number; key: string; device?: string; resume?: string; proof?: string; have?: Have | null }
  | { type: 'seek'; room: string; prefs: SeekPrefs }
  | { type: 'unseek' }
  | { type: 'accept'; call: string; intro: string; relays?: Record<string, number> }
  | { type: 'decline'; call: string }
  | { type: 'open'; id: string; door: string; seat: string; noise: string; prefs: SeekPrefs }
  | { type: 'relay'; call: string; id: number; body: string }
  | { type: 'servers'; call: string }
  | { type: 'leave'; call: string; reason: LeaveReason }
  | { type: 'block'; call: string }
  | { type: 'report'; call: string; category: Category; note?: string }
  | { type: 'probe' }
  | { type: 'ledger' }
  | { type: 'ping'; have?: Have };

const kRoomsMax = 2_000;
const kRelaysMax = 8;
const token = text(4_096);
const kName = text(128);
const role: Shape<Role> = oneOf('a', 'b');
const media: Shape<Media> = oneOf('video', 'sound');

const iceServer = object({
  urls: ((value: unknown) => (typeof value === 'string' ? [value] : list(text(512), kIceUrlsMax)(value))) as Shape<string[]>,
  username: or(text(512), ''),
  credential: or(text(512), ''),
});
export type IceServer = { urls: string[]; username: string; credential: string };

const stunUrl: Shape<string> = (value) => (typeof value === 'string' && /^stun:.{1,512}$/.test(value) ? value : undefined);

/** At most three addresses in all, and nothing that is not STUN or TURN. */
const iceServers: Shape<IceServer[]> = (value) => {
  const servers = list(iceServer, kIceUrlsMax)(value);
  const urls = servers?.flatMap((server) => server.urls) ?? [];
  return urls.length <= kIceUrlsMax && urls.every((url) => /^(stuns?|turns?):/.test(url)) ? servers : undefined;
};

const roomShape = object({
  tag: kName,
  name: kName,
  dir: or(oneOf('ltr', 'rtl'), 'ltr' as const),
  waiting: integer(),
  lately: or(integer(), 0),
});
type RoomAsSent = NonNullable<ReturnType<typeof roomShape>>;

/** Whoever waits has looked for somebody lately: a server that does not count says no less than that. */
const room: Shape<RoomAsSent> = (value) => {
  const read = roomShape(value);
  return read && { ...read, lately: Math.max(read.lately, read.waiting) };
};

const featuresShape = object({
  rooms: flag,
  private: flag,
  meeting: or(oneOf('ask', 'instant'), 'ask' as const),
  privacy: or(oneOf('direct', 'relay_only'), 'direct' as const),
  topics: or(list(kName, 256), [] as string[]),
  rooms_closed: or(oneOf('operator', 'no_contact'), null),
  contact: or(text(kContactLettersMax), null),
  // The server counts characters; a string's length counts those beyond the basic plane twice.
  rules: or(text(2 * kRulesLettersMax), null),
  // How long a report is kept; a server that does not say keeps to the usual time.
  report_seconds: or(integer(), kReportSeconds),
  // Where a page may learn its public address before anybody has accepted.
  stun: or(list(stunUrl, kIceUrlsMax), [] as string[]),
  // An origin of null is the server's own.
  relays: or(list(object({ name: kName, origin: orNull(text(512)) }), kRelaysMax), [] as { name: string; origin: string | null }[]),
});
export type Features = NonNullable<ReturnType<typeof featuresShape>>;

/** A server that does not say why its rooms are closed has them switched off; open rooms have no reason to be closed. */
const features: Shape<Features> = (value) => {
  const read = featuresShape(value);
  return read && { ...read, rooms_closed: read.rooms ? null : (read.rooms_closed ?? 'operator') };
};

const shapes = {
  challenge: object({ nonce: text(64) }),
  welcome: object({
    session: kName,
    resume: token,
    epoch: kName,
    resumed: flag,
    features,
    limits: or(object({ answer_seconds: or(number, kAnswerSeconds), relay_kbps: or(integer(1), null) }), {
      answer_seconds: kAnswerSeconds,
      relay_kbps: null,
    }),
    rooms: or(list(room, kRoomsMax), [] as RoomAsSent[]),
    call: or(
      object({
        call: kName,
        role,
        state: or(kName, ''),
      }),
      null,
    ),
  }),
  token: object({ resume: token }),
  waiting: object({ room: orNull(kName), ahead: or(integer(), 0), estimate: or(number, null) }),
  matched: object({
    call: kName,
    role,
    prefs: object({ room: or(kName, ''), media, topics: or(list(kName, 5), [] as string[]) }),
  }),
  accepted: object({ call: kName, intro: text(kIntroBytesMax), ice_servers: iceServers }),
  joined: object({ call: kName, role, noise: text(2_048), prefs: object({ media }) }),
  full: object({}),
  left: object({
    call: kName,
    reason: oneOf('left', 'next', 'failed', 'gone', 'reload', 'key', 'not_met', 'silent', 'you'),
  }),
  relay: object({ call: kName, epoch: kName, seq: integer(1), id: integer(1), body: text() }),
  ack: object({ call: kName, id: integer(1) }),
  servers: object({ call: kName, ice_servers: iceServers }),
  noted: object({ call: kName, what: oneOf('block', 'report') }),
  back: object({ call: kName }),
  probe: object({ ice_servers: iceServers }),
  ledger: object({
    messages: object({ in: integer(), out: integer() }),
    bytes: object({ in: integer(), out: integer() }),
    kinds: table(object({ in: or(integer(), 0), out: or(integer(), 0) }), 64),
  }),
  pong: object({}),
  rooms: object({ rooms: table(integer(), kRoomsMax), lately: or(table(integer(), kRoomsMax), new Map<string, number>()) }),
  error: object({
    code: kName,
    text: or(text(), ''),
    retry_after: or(number, null),
    about: or(kName, null),
    id: or(integer(), null),
  }),
};

type Shapes = typeof shapes;
type Read<K extends keyof Shapes> = Shapes[K] extends Shape<infer T> ? { type: K } & T : never;

/** One message of a server, by its type. */
export type ServerMessageOf<K extends keyof Shapes> = Read<K>;
export type ServerMessage = { [K in keyof Shapes]: Read<K> }[keyof Shapes];
export type Welcome = ServerMessageOf<'welcome'>;
export type Room = Welcome['rooms'][number];

/** Null for what is not JSON, is of a type this version does not know, or lacks something that it must have. */
export function parseServerMessage(source: string): ServerMessage | null {
  const value = parseJson(source);
  if (!isObject(value) || typeof value['type'] !== 'string') return null;
  const type = value['type'];
  if (!Object.hasOwn(shapes, type)) return null;
  const read = shapes[type as keyof Shapes](value);
  return read === undefined ? null : ({ ...read, type } as ServerMessage);
}
