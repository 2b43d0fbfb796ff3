// Tabs of one server, each with its session.

import assert from 'node:assert/strict';
import type { Socket } from '../ports.ts';
import { Session, type SessionEvent } from '../session.ts';
import { FakeClock, settle } from './fake_clock.ts';
import { FakeServer } from './fake_server.ts';
import { nodeCrypto as crypto } from './node_crypto.ts';

export const kHost = 'call.example';

export interface Tab {
  session: Session;
  events: SessionEvent[];
  sent: { type: string; [field: string]: unknown }[];
  count(type: string): number;
  /** Bodies that came, in order. */
  bodies(): string[];
}

export function makeTab(clock: FakeClock, connect: () => Socket, chance = 0): Tab {
  const session = new Session({ crypto, clock, chance: () => chance, host: kHost, openSocket: connect });
  const tab: Tab = {
    session,
    events: [],
    sent: [],
    count: (type) => tab.sent.filter((message) => message.type === type).length,
    bodies: () =>
      tab.events.flatMap((event) => (event.type === 'message' && event.message.type === 'relay' ? [event.message.body] : [])),
  };
  session.onEvent = (event) => tab.events.push(event);
  session.onTraffic = (way, text) => way === 'out' && tab.sent.push(JSON.parse(text));
  return tab;
}

export async function setUp() {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  const tab = makeTab(clock, () => server.connect());
  tab.session.start();
  await settle();
  assert.equal(tab.session.state, 'open');
  return { clock, server, tab };
}

/** Two tabs in one call that both have accepted. */
export async function setUpCall() {
  const { clock, server, tab: first } = await setUp();
  const second = makeTab(clock, () => server.connect());
  second.session.start();
  await settle();
  let call = '';
  for (const tab of [first, second]) {
    tab.session.onEvent = (event) => {
      tab.events.push(event);
      if (event.type !== 'message' || event.message.type !== 'matched') return;
      call = event.message.call;
      tab.session.beginCall(call);
      tab.session.send({ type: 'accept', call, intro: '{}' });
    };
    tab.session.send({ type: 'seek', room: 'ta', prefs: { media: 'video', need: 'any' } });
    await settle();
  }
  return { clock, server, first, second, call: () => call };
}
