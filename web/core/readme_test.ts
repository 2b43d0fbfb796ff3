// The rest of core's README against the code: names that exist, all of them, and examples that run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshState, kEndReasons, kPhases } from './call_state.ts';
import { Client } from './client.ts';
import { kEventNames, occurrences, type ClientEvents, type EventName } from './events.ts';
import { settle } from './testing/fake_clock.ts';
import { World, type Person } from './testing/people.ts';
import { exampleNamed, namesIn, tableAfter } from './testing/readme.ts';
import { freshView } from './view.ts';

const sorted = (names: Iterable<string>): string[] => [...names].sort();

test('events, reasons and the fields of the view are all documented, and nothing that is not there', () => {
  assert.deepEqual(sorted(namesIn('events')), sorted([...Object.keys(kEventNames)]));
  assert.deepEqual(sorted(namesIn('reasons')), sorted(kEndReasons));
  assert.deepEqual(sorted(namesIn('view')), sorted(Object.keys(freshView())));
  assert.deepEqual(sorted(namesIn('view.call')), sorted(Object.keys(freshState())));
  assert.deepEqual(namesIn('phases'), [...kPhases]);
});

test('every command there is is documented, with as many arguments as it takes', () => {
  const client = Client.prototype as unknown as Record<string, unknown>;
  for (const command of namesIn('commands')) {
    const [, name, list] = /^(\w+)\((.*)\)$/.exec(command)!;
    const method = client[name!];
    assert.ok(typeof method === 'function', `there is ${command}`);
    assert.equal(list === '' ? 0 : list!.split(', ').length, method.length, command);
  }
});

test('an event carries what its row says', async () => {
  const carried = new Map(tableAfter('events').slice(1).map(([name, fields]) => [name!, fields!]));
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  const seen = new Set<string>();
  for (const name of Object.keys(kEventNames) as EventName[]) {
    if (name === 'change') continue;
    ann.client.on(name, (event: ClientEvents[EventName]) => {
      seen.add(name);
      assert.deepEqual(sorted(Object.keys(event)), sorted(carried.get(name)!.split(', ')), name);
    });
  }
  await world.connect(ann, bob);
  bob.client.sendChat('hello');
  ann.connection().become('disconnected');
  await settle();
  bob.client.act('leave');
  await world.untilPhase('ended', ann);
  ann.client.act('block');
  await settle();
  for (const name of ['phase', 'matched', 'call', 'tracks', 'path', 'partnerMedia', 'chat', 'shaky', 'ended', 'noted']) assert.ok(seen.has(name), name);
  const [before, after] = [freshView(), { ...freshView(), slowDown: 3, rooms: [], server: 'open' as const }];
  for (const [name, event] of occurrences(before, after)) {
    if (name !== 'change') assert.deepEqual(sorted(Object.keys(event)), sorted(carried.get(name)!.split(', ')), name);
  }
});

interface Page {
  play(sound: string): void;
  title(text: string): void;
  notify(text: string): void;
  hidden(): boolean;
}

test('the worked example tells what happens, and stops when it is told to', async () => {
  const source = exampleNamed('decorate.js');
  const { decorate } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
    decorate: (client: Person['client'], page: Page) => () => void;
  };
  const done: string[] = [];
  let hidden = false;
  const page: Page = {
    play: (sound) => void done.push(`sound: ${sound}`),
    title: (text) => void done.push(text),
    notify: (text) => void done.push(`notification: ${text}`),
    hidden: () => hidden,
  };
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  const stop = decorate(ann.client, page);
  await world.connect(ann, bob);
  assert.deepEqual(done.splice(0), ['visavis', 'sound: found', 'Someone was found', 'In a call', 'sound: joined']);
  hidden = true;
  bob.client.sendChat('hello');
  await settle();
  bob.client.act('leave');
  await settle();
  assert.deepEqual(done.splice(0), ['(1) In a call', 'sound: left', 'The call is over']);
  world.open(ann, new Uint8Array(16), 'AAAAAAAAAAAAAAAAAAAAAA');
  world.open(bob, new Uint8Array(16), 'AQAAAAAAAAAAAAAAAAAAAA');
  await world.untilPhase('connected', ann);
  assert.deepEqual(done.splice(0), ['visavis', 'In a call', 'sound: joined', 'notification: The other person is here']);
  stop();
  ann.client.act('next');
  assert.deepEqual(done, []);
});

