import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channels, kAnswersWaitingMax, kBodiesMax, kBodiesMs, kBodyLettersMax, kControlLettersMax } from './channels.ts';
import { FakeClock } from './testing/fake_clock.ts';

function setUp() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const control = {
    readyState: 'open',
    bufferedAmount: 0,
    onopen: () => {},
    onmessage: (_: { data: unknown }) => {},
    send: (text: string) => void sent.push(text),
  };
  const pc = { createDataChannel: (label: string) => (label === 'control' ? control : { ...control }) };
  const heard: unknown[] = [];
  const channels = new Channels(clock, {
    open: () => {},
    heard: (roundTripMs) => heard.push(roundTripMs),
    control: ({ kind }) => heard.push(kind),
    chat: () => {},
  });
  channels.open(pc as unknown as RTCPeerConnection);
  return { clock, channels, control, sent, heard };
}

test('a question is answered by its number, and not while too much waits to be sent', () => {
  const { control, sent } = setUp();
  control.bufferedAmount = kAnswersWaitingMax;
  control.onmessage({ data: '{"kind":"ping","n":7}' });
  assert.deepEqual(sent, ['{"kind":"pong","n":7}']);
  control.bufferedAmount += 1;
  control.onmessage({ data: '{"kind":"ping","n":8}' });
  assert.equal(sent.length, 1);
});

test('the answer to the newest question tells the round trip; whatever else comes is heard too', async () => {
  const { clock, channels, control, sent, heard } = setUp();
  assert.equal(channels.ask(), true);
  assert.deepEqual(sent, ['{"kind":"ping","n":1}']);
  await clock.pass(80);
  for (const data of ['{"kind":"pong","n":1}', '{"kind":"pong","n":0}', 'rubbish', '{"kind":"bye","reason":"left"}']) control.onmessage({ data });
  assert.deepEqual(heard, [80, null, null, null, 'bye']);
});

test('a question that the channel does not take is not asked', () => {
  const { channels, control, heard } = setUp();
  control.readyState = 'connecting';
  assert.equal(channels.ask(), false);
  control.readyState = 'open';
  control.onmessage({ data: '{"kind":"pong","n":1}' });
  assert.deepEqual(heard, [null]);
});

/** The longest that is read, and one letter more. */
function ofLength(length: number, message: (filling: string) => string): [string, string] {
  const filling = (more: number): string => message('x'.repeat(length + more - message('').length));
  return [filling(0), filling(1)];
}

test('a body may be as long as a description is, every other message is short', () => {
  const { control, heard } = setUp();
  const body = (sdp: string): string => JSON.stringify({ kind: 'body', body: { kind: 'offer', sdp, round: 1 } });
  for (const data of ofLength(kBodyLettersMax, body)) control.onmessage({ data });
  const bye = (more: string): string => JSON.stringify({ kind: 'bye', reason: 'left', more });
  for (const data of ofLength(kControlLettersMax, bye)) control.onmessage({ data });
  assert.deepEqual(heard, [null, 'body', null, null, 'bye', null]);
});

test('a body that is too long for old browsers is left to the server', () => {
  const { channels, sent } = setUp();
  const length = kBodyLettersMax - JSON.stringify({ kind: 'body', body: { kind: 'offer', sdp: '', round: 1, renewed: false } }).length;
  assert.equal(channels.sayBody({ kind: 'offer', sdp: 'x'.repeat(length), round: 1, renewed: false }), true);
  assert.equal(channels.sayBody({ kind: 'offer', sdp: 'x'.repeat(length + 1), round: 1, renewed: false }), false);
  assert.deepEqual(sent.map((text) => text.length), [kBodyLettersMax]);
});

test('so many bodies are read, and no more until a while later', async () => {
  const { clock, control, heard } = setUp();
  const say = (): void => control.onmessage({ data: '{"kind":"body","body":{"kind":"offer_wanted","restart":false,"round":0}}' });
  const read = (): number => heard.filter((kind) => kind === 'body').length;
  for (let count = 0; count <= kBodiesMax; count += 1) say();
  assert.equal(read(), kBodiesMax);
  await clock.pass(kBodiesMs);
  say();
  assert.equal(read(), kBodiesMax + 1);
});
