// People with a client each, one server and one clock between them.

import assert from 'node:assert/strict';
import { Client, type ClientPorts } from '../client.ts';
import type { Phase } from '../call_state.ts';
import { fromHex, type Bytes } from '../bytes.ts';
import type { Body } from '../bodies.ts';
import { Peer } from '../peer.ts';
import { FakeClock, settle } from './fake_clock.ts';
import { makeFakeRtc, type FakeConnection, type FakeRtc, type Network } from './fake_rtc.ts';
import { FakeServer, type FakeServerSettings } from './fake_server.ts';
import { nodeCrypto } from './node_crypto.ts';

export const kHost = 'call.example';
export const kKey = fromHex('000102030405060708090a0b0c0d0e0f');
export const kSeats = ['AAAAAAAAAAAAAAAAAAAAAA', 'AQAAAAAAAAAAAAAAAAAAAA', 'AgAAAAAAAAAAAAAAAAAAAA'];
export const kNatted: Network = { direct: true, reflexive: true };
export const kBlocked: Network = { direct: false, reflexive: true };

export const typesOf = (messages: { type: string }[]): string[] => messages.map(({ type }) => type);
export const last = <T>(list: readonly T[]): T => list[list.length - 1]!;

export interface Person {
  client: Client;
  rtc: FakeRtc;
  /** Messages that crossed this person's connection, parsed. */
  received: { type: string; [field: string]: unknown }[];
  sent: { type: string; [field: string]: unknown }[];
  /** What this person's page has told its partners, however it went over the wire. */
  told: { call: string; body: Body }[];
  /** Has the page tell its partner this, as if it had made it itself. */
  tell(body: object): void;
  phase(): Phase;
  connection(): FakeConnection;
}

export class World {
  readonly clock = new FakeClock();
  readonly server: FakeServer;
  /** How far relays are from everybody, by origin. */
  relayMs: Record<string, number> = {};
  /** How the part that only a call needs is fetched. */
  loadPeer: ClientPorts['loadPeer'] = async () => ({ Peer });

  /** Whether everybody's page makes the double offer; null: as it comes. */
  private readonly doubleOffer: 'on' | 'off' | null;

  constructor(settings: Partial<FakeServerSettings> = {}, doubleOffer: 'on' | 'off' | null = null) {
    this.doubleOffer = doubleOffer;
    this.server = new FakeServer({ clock: this.clock, crypto: nodeCrypto, host: kHost, ...settings });
  }

  async person(network?: Network, privacy: 'direct' | 'relay_only' = 'direct', device?: () => Uint8Array | null): Promise<Person> {
    const rtc = makeFakeRtc(this.clock, network);
    const ports: ClientPorts = {
      ...rtc,
      clock: this.clock,
      crypto: nodeCrypto,
      chance: () => 0,
      host: kHost,
      ...(device ? { device } : {}),
      openSocket: () => this.server.connect(),
      loadPeer: () => this.loadPeer(),
      doubleOffer: this.doubleOffer,
      timeRelay: async (origin) => this.relayMs[origin ?? 'here'] ?? null,
    };
    const client = new Client(ports, privacy);
    const person: Person = {
      client,
      rtc,
      received: [],
      sent: [],
      told: [],
      tell: (body) => peerOf(client).onEvent({ type: 'body', body: body as Body, first: null }),
      phase: () => client.view.call.phase,
      connection: () => client.pc as unknown as FakeConnection,
    };
    client.session.onTraffic = (way, text) => (way === 'in' ? person.received : person.sent).push(JSON.parse(text));
    client.onBody = (way, call, body) => way === 'out' && person.told.push({ call, body });
    client.start();
    await settle();
    assert.equal(client.view.server, 'open');
    return person;
  }

  /** Lets time pass in small steps until something holds; fails after `ms`. */
  async until(holds: () => boolean, ms = 5_000): Promise<void> {
    for (let passed = 0; !holds(); passed += 10) {
      assert.ok(passed < ms, `did not happen within ${ms} ms: ${holds.toString()}`);
      await this.clock.pass(10);
    }
  }

  async untilPhase(phase: Phase, ...people: Person[]): Promise<void> {
    for (const person of people) await this.until(() => person.phase() === phase);
  }

  seek(person: Person, wish: { instant?: boolean; hideAddress?: boolean } = {}): void {
    const prefs = { media: 'video', need: 'any' } as const;
    person.client.seek('ta', { prefs, instant: wish.instant ?? false, hideAddress: wish.hideAddress ?? false });
  }

  open(person: Person, key: Bytes, seat: string): void {
    person.client.open(key, seat, { prefs: { media: 'video', need: 'any' }, instant: true, hideAddress: false });
  }

  /** Both are found for each other and have a card before them. The first becomes role a. */
  async match(first: Person, second: Person): Promise<void> {
    this.seek(first);
    await settle();
    this.seek(second);
    await this.untilPhase('card', first, second);
  }

  async connect(first: Person, second: Person): Promise<void> {
    await this.match(first, second);
    first.client.act('accept');
    second.client.act('accept');
    await this.untilPhase('connected', first, second);
  }
}

/** Where one end offers, the other answers, and neither looks for its addresses before both have accepted. */
export function usualOrder(settings: Partial<FakeServerSettings> = {}): World {
  return new World(settings, 'off');
}

export async function two(networks: [Network?, Network?] = [], world = new World()): Promise<[World, Person, Person]> {
  return [world, await world.person(networks[0]), await world.person(networks[1])];
}

/** What drives the connection of the call that is up. */
export function peerOf(client: Client): Peer {
  return (client as unknown as { peer: { peer: Peer } }).peer.peer;
}

/** The candidates a person has told, by type, in all calls or in one of them. */
export function told(person: Person, call?: unknown): string[] {
  return person.told
    .filter((each) => call === undefined || each.call === call)
    .flatMap(({ body }) => (body.kind === 'candidates' ? body.list : []))
    .map(({ candidate }) => / typ (\w+)/.exec(candidate)![1]!);
}
