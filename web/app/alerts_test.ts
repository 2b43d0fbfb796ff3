import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../locales/en.ts';
import { later } from '../locales/en_later.ts';
import { english, speak } from '../locales/index.ts';
import { Alerts, noticeOf, soundOf, titleOf } from './alerts.ts';
import type { Model } from './model.ts';

test('a sound for someone found, for a call that begins, and for one that another ended', () => {
  assert.equal(soundOf('seeking', 'card', null), 'found');
  assert.equal(soundOf('connecting', 'connected', null), 'joined');
  assert.equal(soundOf('connected', 'ended', 'left'), 'left');
  assert.equal(soundOf('connecting', 'ended', 'failed'), 'left');
});

test('no sound for what this person did, and none twice', () => {
  assert.equal(soundOf('connected', 'ended', 'you'), null);
  assert.equal(soundOf('card', 'ended', 'silent'), null);
  assert.equal(soundOf('card', 'card', null), null);
  assert.equal(soundOf('idle', 'seeking', null), null);
});

test('a notification stays while a call comes about, and asks for an answer only where one is awaited', () => {
  assert.deepEqual(noticeOf('seeking', 'card', false), { title: 'tell.found', text: 'tell.found.text' });
  assert.deepEqual(noticeOf('accepting', 'connecting', false), { title: 'tell.found', text: 'tell.call.text' });
  assert.deepEqual(noticeOf('accepting', 'connecting', true), { title: 'tell.joined', text: 'tell.call.text' });
  assert.equal(noticeOf('connecting', 'connected', true), 'same');
  assert.equal(noticeOf('card', 'card', false), 'same');
  assert.equal(noticeOf('card', 'ended', false), null);
  assert.equal(noticeOf('connected', 'ended', true), null);
});

test('the title says how the meeting stands, and nothing outside one', () => {
  assert.equal(titleOf('seeking'), 'tell.title.waiting');
  assert.equal(titleOf('card'), 'tell.title.found');
  assert.equal(titleOf('connected'), 'tell.title.call');
  assert.equal(titleOf('idle'), null);
  assert.equal(titleOf('ended'), null);
});

test('a browser that refuses the notification it was allowed is found out at once, and not promised', async (context) => {
  for (const refuses of [false, true]) {
    let closed = 0;
    const said: string[] = [];
    class Fake {
      static permission = 'default';
      static requestPermission = () => Promise.resolve((Fake.permission = 'granted'));
      constructor(title: string, { body }: NotificationOptions) {
        said.push(title, body ?? '');
        if (refuses) throw new TypeError('Illegal constructor');
      }
      close = (): void => void (closed += 1);
    }
    const world = { Notification: Fake, window: { Notification: Fake }, document: { querySelector: () => null, documentElement: { lang: 'en' } } };
    for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value, configurable: true });
    context.after(() => Object.keys(world).forEach((name) => Reflect.deleteProperty(globalThis, name)));
    speak({ ...english, later });
    const alerts = new Alerts({} as Model);
    assert.equal(alerts.notices, 'off');
    await alerts.setNotices(true);
    alerts.lookAgain();
    assert.equal(alerts.notices, refuses ? 'none' : 'on');
    assert.equal(closed, refuses ? 0 : 1, 'what was only tried is not left standing');
    assert.deepEqual(said, [en['app.name'], later['waiting.tell.on']], 'and says that nobody is there');
  }
});
