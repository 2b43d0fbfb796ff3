import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLinks } from './links.ts';

const links = (message: string) => splitLinks(message).flatMap(({ href }) => (href === null ? [] : [href]));

test('no piece of a message is lost or changed', () => {
  for (const message of ['', 'hello', 'see https://a.example/x, and http://b.example', 'https://a.example', '((https://a.example))', 'நல்லது https://a.example/அ ok\nhttps://']) {
    assert.equal(splitLinks(message).map(({ text }) => text).join(''), message);
  }
});

test('addresses are found, without the sentence around them', () => {
  assert.deepEqual(links('See https://a.example/x?y=1#z.'), ['https://a.example/x?y=1#z']);
  assert.deepEqual(links('(http://a.example/b_(c))'), ['http://a.example/b_(c)']);
  assert.deepEqual(links('HTTPS://A.example/!'), ['https://a.example/']);
  assert.deepEqual(links('https://a.example/one,https://b.example'), ['https://a.example/one,https://b.example']);
  assert.deepEqual(links('انظر https://a.example/ب؟'), ['https://a.example/%D8%A8']);
});

test('an address ends where a sign turns the direction of the text', () => {
  assert.deepEqual(links('\u2066https://a.example/x\u2069\u202a'), ['https://a.example/x']);
  for (const sign of ['\u061c', '\u200e', '\u200f', '\u202a', '\u202d', '\u202e', '\u2066', '\u2069']) {
    const pieces = splitLinks(`https://a.example/${sign}moc.elpmaxe.b//:sptth`);
    assert.deepEqual(pieces[0], { text: 'https://a.example/', href: 'https://a.example/' }, sign.codePointAt(0)!.toString(16));
    assert.equal(pieces[1]!.href, null);
  }
});

test('nothing else becomes a link', () => {
  for (const message of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example',
    'www.example.org',
    'https://',
    'https://bank.example@evil.example/',
    'https://user:word@evil.example/',
    'xhttps:/a.example',
  ]) {
    assert.deepEqual(links(message), [], message);
  }
});

test('markup stays text', () => {
  assert.deepEqual(splitLinks('<a href="https://a.example">x</a>'), [
    { text: '<a href="', href: null },
    { text: 'https://a.example', href: 'https://a.example/' },
    { text: '">x</a>', href: null },
  ]);
});
