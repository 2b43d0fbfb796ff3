import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kChatLinesMax } from './client.ts';
import { kEventNames, occurrences, type ClientEvents, type EventName } from './events.ts';
import { kStuckMs } from './mending.ts';
import { settle } from './testing/fake_clock.ts';
import { World, type Person } from './testing/people.ts';
import { freshView, type View } from './view.ts';

interface Heard {
  name: EventName;
  event: unknown;
}

/** Everything a person's page hears from now on, `change` and what comes with the network aside. */
function listen(person: Person, ...names: EventName[]): Heard[] {
  const heard: Heard[] = [];
  for (const name of names) person.client.on(name, (event) => heard.push({ name, event }));
  return heard;
}

const namesOf = (heard: Heard[]): string[] => heard.map(({ name }) => name);
const kStory: EventName[] = ['matched', 'unmatched', 'call', 'ended', 'noted', 'someoneTried'];

test('the story of a call between strangers, as a page hears it', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  const heard = listen(ann, 'phase', 'queue', 'chat', 'tracks', 'partnerMedia', ...kStory);
  await world.connect(ann, bob);
  bob.client.setMediaOn({ video: true, sound: false, screen: true });
  await settle();
  ann.client.sendChat('one');
  bob.client.sendChat('two');
  await settle();
  bob.client.act('leave');
  await settle();
  const phases = heard.filter(({ name }) => name === 'phase').map(({ event }) => (event as ClientEvents['phase']).to);
  assert.deepEqual(phases, ['seeking', 'card', 'accepting', 'connecting', 'connected', 'ended']);
  const of = <K extends EventName>(name: K) => heard.filter((one) => one.name === name).map(({ event }) => event as ClientEvents[K]);
  assert.deepEqual(of('matched'), [
    { kind: 'room', room: 'ta', role: 'a', partner: { media: 'video', topics: [] }, answerBy: of('matched')[0]!.answerBy, instant: false },
  ]);
  assert.deepEqual(of('call'), [{ kind: 'room', room: 'ta', role: 'a' }]);
  assert.deepEqual(of('partnerMedia'), [
    { video: false, sound: false, screen: false },
    { video: true, sound: false, screen: true },
  ]);
  assert.deepEqual(of('chat'), [{ mine: true, text: 'one' }, { mine: false, text: 'two' }]);
  assert.deepEqual(of('tracks').map(({ tracks }) => tracks.length), [1, 2, 0]);
  assert.deepEqual(of('ended'), [{ reason: 'left', until: null, kind: 'room', room: 'ta', from: 'connected' }]);
});

test('steps that are passed in one go are all heard, in order', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  const heard = listen(ann, 'phase', ...kStory);
  world.seek(ann, { instant: true });
  await settle();
  world.seek(bob);
  await world.untilPhase('accepting', ann);
  bob.client.act('accept');
  await world.untilPhase('connected', ann);
  heard.length = 0;
  ann.client.act('next');
  assert.deepEqual(heard, [
    { name: 'phase', event: { from: 'connected', to: 'ended' } },
    { name: 'ended', event: { reason: 'you', until: null, kind: 'room', room: 'ta', from: 'connected' } },
    { name: 'phase', event: { from: 'ended', to: 'seeking' } },
  ]);
  ann.client.act('home');
  assert.deepEqual(heard.slice(3).map(({ event }) => event), [
    { from: 'seeking', to: 'ended' },
    { reason: 'you', until: null, kind: 'room', room: 'ta', from: 'seeking' },
    { from: 'ended', to: 'idle' },
  ]);
});

test('a card that comes to nothing is told, and the search goes on', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  await world.match(ann, bob);
  const heard = listen(ann, ...kStory);
  ann.client.act('accept');
  bob.client.act('decline');
  await world.untilPhase('seeking', ann);
  assert.deepEqual(heard, [{ name: 'unmatched', event: { from: 'accepting', cause: 'not_met' } }]);
});

test('what happens to the path, the partner and the server during a call', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct');
  const heard = listen(ann, 'shaky', 'standing', 'server', 'path', ...kStory);
  ann.connection().become('disconnected');
  ann.connection().become('connected');
  world.server.cut();
  await settle();
  await world.until(() => ann.client.view.server === 'open' && ann.client.view.call.standing === 'live');
  assert.deepEqual(heard.map(({ event }) => event), [
    { shaky: true },
    { shaky: false },
    { standing: 'away' },
    { state: 'lost', why: null },
    { standing: 'live' },
    { state: 'open', why: null },
  ]);
});

test('block and report are confirmed by events, and what may be lost is not', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  await world.connect(ann, bob);
  const heard = listen(ann, 'noted', 'ended');
  world.server.refuseReports = 1;
  for (const attempt of [1, 2]) {
    ann.client.report('spam', `attempt ${attempt}`);
    await settle();
  }
  ann.client.act('block');
  await settle();
  assert.deepEqual(heard.filter(({ name }) => name === 'noted').map(({ event }) => event), [
    { what: 'report', kept: false },
    { what: 'report', kept: true },
    { what: 'block', kept: true },
  ]);
  assert.equal(namesOf(heard).filter((name) => name === 'ended').length, 1);
});

test('a listener that was taken off hears nothing more; the same function twice is heard twice', async () => {
  const world = new World();
  const ann = await world.person();
  let calls = 0;
  const listener = (): void => void (calls += 1);
  const off = [ann.client.on('phase', listener), ann.client.on('phase', listener)];
  world.seek(ann);
  assert.equal(calls, 2);
  off[0]!();
  off[0]!();
  ann.client.act('leave');
  assert.equal(calls, 3);
  off[1]!();
  ann.client.act('home');
  assert.equal(calls, 3);
});

test('a name that is no event is refused at once', async () => {
  const ann = await new World().person();
  for (const name of ['match', 'toString', '__proto__']) {
    assert.throws(() => ann.client.on(name as EventName, () => {}), RangeError);
  }
});

test('a listener may act at once: nothing of what was being done is disturbed, and events stay in order', async () => {
  const world = new World();
  const [ann, bob, cid] = [await world.person(), await world.person(), await world.person()];
  await world.connect(ann, bob);
  ann.client.on('ended', () => ann.client.act('next'));
  const heard = listen(ann, 'phase');
  bob.client.act('leave');
  await settle();
  assert.deepEqual(heard.map(({ event }) => event), [{ from: 'connected', to: 'ended' }, { from: 'ended', to: 'seeking' }]);
  assert.equal(ann.client.view.call.phase, 'seeking');
  world.seek(cid);
  await world.untilPhase('card', ann, cid);
  ann.client.act('accept');
  cid.client.act('accept');
  await world.untilPhase('connected', ann, cid);
});

test('the view is whole whenever a page is told of a change', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  await world.connect(ann, bob);
  const wrong: View[] = [];
  ann.client.onChange = () => {
    const { call, remoteTracks } = ann.client.view;
    if (call.phase === 'connected' && remoteTracks.length === 0) wrong.push(ann.client.view);
  };
  ann.client.act('next');
  assert.equal(wrong.length, 0, 'a call without its tracks is neither up nor over');
});

test('what a listener throws reaches the console, and neither the call nor the other listeners', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  const thrown: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  try {
    const mistake = new Error('a page that makes mistakes');
    ann.client.on('phase', () => {
      throw mistake;
    });
    const heard = listen(ann, 'call');
    await world.connect(ann, bob);
    assert.equal(heard.length, 1);
    assert.deepEqual(new Set(thrown), new Set([mistake]));
    assert.equal(thrown.length, 5, 'one for each step');
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  }
});

test('a message that changes nothing is no change', async () => {
  const world = new World();
  const ann = await world.person();
  const heard = listen(ann, 'change');
  ann.client.check();
  await settle();
  assert.ok(ann.received.some(({ type }) => type === 'pong'));
  assert.deepEqual(heard, []);
});

test('stop leaves the call and ends the session for good', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  await world.connect(ann, bob);
  const heard = listen(ann, 'ended', 'server');
  ann.client.stop();
  assert.deepEqual(namesOf(heard), ['ended', 'server']);
  assert.deepEqual([ann.client.view.server, ann.client.view.closedWhy], ['closed', 'stopped']);
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'left');
  await world.clock.pass(60_000);
  assert.equal(ann.client.view.server, 'closed');
});

test('every line of the chat is told once, though old ones are let go', () => {
  const line = (at: number) => ({ mine: false, text: String(at) });
  const lines = Array.from({ length: kChatLinesMax }, (_, at) => line(at));
  const [before, next] = [{ ...freshView(), chat: lines }, line(kChatLinesMax)];
  const chat = (after: readonly { mine: boolean; text: string }[]) =>
    occurrences(before, { ...before, chat: after })
      .filter(([name]) => name === 'chat')
      .map(([, event]) => event);
  assert.deepEqual(chat([...lines, next].slice(-kChatLinesMax)), [next]);
  assert.deepEqual(chat([]), []);
  assert.deepEqual(chat([next]), [next], 'a new call');
});

test('every event there is can happen', async () => {
  const missing = new Set(Object.keys(kEventNames));
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  for (const name of Object.keys(kEventNames) as EventName[]) ann.client.on(name, () => missing.delete(name));
  await world.connect(ann, bob);
  world.server.tellAll({ type: 'rooms', rooms: { ta: 2 }, lately: { ta: 3 } });
  bob.client.sendChat('hello');
  ann.connection().cut(true);
  ann.connection().become('disconnected');
  await world.until(() => ann.client.view.call.stuck, kStuckMs + 100);
  ann.connection().cut(false);
  await world.until(() => !ann.client.view.call.stuck, 20_000);
  world.server.cut();
  await world.until(() => ann.client.view.server === 'open');
  bob.client.act('block');
  await world.untilPhase('ended', ann);
  ann.client.act('block');
  await settle();
  world.server.refuseSeeks = { code: 'rate', retry_after: 2 };
  world.seek(ann);
  await settle();
  world.server.refuseSeeks = null;
  await world.clock.pass(3_000);
  world.server.tellAll({ type: 'waiting', room: 'ta', ahead: 4, estimate: 9 });
  const cid = await world.person();
  world.seek(cid);
  await world.untilPhase('card', ann, cid);
  cid.client.act('decline');
  await world.untilPhase('seeking', ann);
  ann.rtc.onMade = (connection) => (connection.createOffer = () => Promise.reject(new Error('no codecs')));
  world.open(ann, new Uint8Array(16), 'AAAAAAAAAAAAAAAAAAAAAA');
  await settle();
  world.server.tellAll({ type: 'joined', call: '0.forged', role: 'a', noise: 'AAAA', prefs: { media: 'video' } });
  await settle();
  world.open(bob, new Uint8Array(16), 'AQAAAAAAAAAAAAAAAAAAAA');
  await world.untilPhase('ended', ann);
  assert.deepEqual([...missing], []);
});
