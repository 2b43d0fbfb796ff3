// Core is handed what it needs of the world: nothing in it reaches for a browser, a clock, chance or storage by itself.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const kWorld = [
  'window', 'document', 'navigator', 'location', 'history', 'localStorage', 'sessionStorage', 'indexedDB',
  'performance', 'Date', 'setTimeout', 'setInterval', 'setImmediate', 'requestAnimationFrame',
  'fetch', 'XMLHttpRequest', 'console', 'process', 'globalThis', 'self',
];
/** Types are welcome; making one is not. */
const kMade = /\bnew (WebSocket|RTCPeerConnection|MediaStream|Worker|AbortController)\b|\bRTCPeerConnection\.|\bMath\.random\b/;
const kWord = new RegExp(`(?<![.\\w'"])(${kWorld.join('|')})\\b(?!['":?])`);

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
}

test('no source of core reaches for the world around it', () => {
  const sources = readdirSync('core').filter((name) => name.endsWith('.ts') && !name.endsWith('_test.ts'));
  assert.ok(sources.includes('client.ts'));
  for (const name of sources) {
    const source = withoutComments(readFileSync(`core/${name}`, 'utf8'));
    for (const line of source.split('\n')) {
      assert.ok(!kWord.test(line) && !kMade.test(line), `core/${name}: ${line.trim()}`);
    }
    const imported = [...source.matchAll(/from '([^']*)'/g)].map(([, path]) => path!);
    for (const path of imported) assert.match(path, /^\.\/[\w.]+\.ts$/, `core/${name} imports ${path}`);
  }
});

test('the check finds what it looks for', () => {
  for (const line of ['const now = performance.now();', 'setTimeout(run, 5);', 'if (document.hidden) stop();', 'new Date()']) {
    assert.ok(kWord.test(line), line);
  }
  for (const line of ['new WebSocket(url)', 'Math.random()', 'RTCPeerConnection.generateCertificate()']) assert.ok(kMade.test(line), line);
  for (const line of ['clock.now()', "case 'document':", 'readonly history: string', 'this.location']) assert.ok(!kWord.test(line), line);
});
