import assert from 'node:assert/strict';
import { test } from 'node:test';
import { english, speak, spoken } from '../locales/index.ts';
import { chooseLanguage, missing } from './language.ts';

test('while the server is away a language that has come before can be chosen, and another is not asked for', async (context) => {
  const page = { dataset: { server: 'open' } };
  let refusal: (() => Promise<unknown>) | null = null;
  const world = { document: { documentElement: page }, fetch: () => refusal?.() };
  for (const [name, value] of Object.entries(world)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    context.after(() => (before ? Object.defineProperty(globalThis, name, before) : Reflect.deleteProperty(globalThis, name)));
  }
  context.after(() => speak(english));
  await chooseLanguage('ar');
  page.dataset.server = 'lost';
  const away = { gone: () => Promise.reject(new Error('offline')), proxy: () => Promise.resolve({ ok: false, status: 502 }) };
  for (const how of Object.values(away)) {
    refusal = how;
    for (const tag of ['en', 'ar']) {
      await chooseLanguage(tag);
      assert.deepEqual([spoken().tag, missing.value], [tag, null]);
    }
    await chooseLanguage('ta');
    assert.deepEqual([spoken().tag, missing.value], ['ar', 'ta']);
  }
});
