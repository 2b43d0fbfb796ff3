import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { SavedCall } from '../../../core/made_file.ts';
import { kOffers } from '../../../locales/languages.ts';
import { speak, english } from '../../../locales/index.ts';
import { guide } from '../../../locales/en_guide.ts';
import { kExample } from './example.ts';
import type { Source } from './source.ts';
import { Story } from './story.tsx';

interface Drawn {
  ids: string[];
  words: string[];
  elements: { type: string; props: Record<string, unknown> }[];
}

/** What is drawn, without a browser: parts are called for what they give. Those with a memory of their own are left out. */
function draw(node: unknown, into: Drawn = { ids: [], words: [], elements: [] }): Drawn {
  if (typeof node === 'string' || typeof node === 'number') into.words.push(String(node));
  if (Array.isArray(node)) node.forEach((each) => draw(each, into));
  const { type, props } = (node ?? {}) as { type?: unknown; props?: Record<string, unknown> };
  if (!props) return into;
  if (typeof type === 'function') {
    if (type.name !== 'Addresses') draw((type as (given: unknown) => unknown)(props), into);
    return into;
  }
  if (props['data-testid']) into.ids.push(String(props['data-testid']));
  if (typeof type === 'string') into.elements.push({ type, props });
  return draw(props['children'], into);
}

const kDigest = `sha-256 ${'AB:'.repeat(31)}AB`;
const sourceOf = (of: Source['of'], change: (call: SavedCall) => void = () => {}): Source => {
  const saved = structuredClone(kExample);
  change(saved);
  const fingerprints = of === 'live' || of === 'last' ? { own: kDigest, partner: null } : null;
  return { of, saved, places: new Map(), fingerprints };
};
const story = (source: Source): Drawn => draw(<Story source={source} />);

/** A call of which hardly anything is known. */
function forget(call: SavedCall): void {
  call.signaling = call.chosen = call.why = null;
  call.candidates = [];
  call.pairs = [];
  call.lock = { dtls: null, cipher: null, srtp: null };
  call.path = { own: null, partner: null, badge: 'unknown' };
  for (const mark of Object.keys(call.times) as (keyof SavedCall['times'])[]) call.times[mark] = null;
}

const kFacts = ['made-source', 'made-way', 'made-signaling', 'made-candidates', 'made-pairs', 'made-why', 'made-lock', 'made-bytes-direct', 'made-bytes-relayed', 'made-times'];

afterEach(() => speak(english));

for (const offer of kOffers) {
  test(`every kind of story is told whole in ${offer.name}`, async () => {
    const [sentences, guideOf] = await Promise.all([offer.load(), offer.loadGuide()]);
    speak({ tag: offer.tag, dir: offer.dir, sentences, guide: guideOf });
    const whole = story(sourceOf('example'));
    assert.deepEqual(whole.ids, kFacts);
    const changes: ((call: SavedCall) => void)[] = [
      () => {},
      forget,
      (call) => (call.path.badge = 'relayed'),
      (call) => (call.candidates[call.pairs[call.chosen!]!.own!]!.kind = 'host'),
      (call) => call.candidates.forEach((each) => (each.kind = 'host')),
      ...(['relay_alone', 'priority', 'quick', 'browser'] as const).map((why) => (call: SavedCall) => void (call.why = why)),
      (call) => (call.candidates = call.candidates.map((each, at) => ({ ...each, kind: (['host', 'srflx', 'prflx', 'relay'] as const)[at % 4]!, place: null }))),
      (call) => (call.pairs = Array.from({ length: 20 }, (_, at) => ({ ...call.pairs[at % 2]!, states: [{ at, state: 'failed' as const }] }))),
    ];
    for (const change of changes) {
      for (const of of ['live', 'last', 'example', 'file'] as const) {
        const { words } = story(sourceOf(of, change));
        assert.deepEqual(words.filter((word) => /\{\w+\}|undefined|NaN|null/.test(word)), []);
      }
    }
  });
}

test('a call\'s own story can be saved and names its certificates; any other leaves them out', () => {
  speak({ ...english, guide });
  for (const of of ['live', 'last'] as const) {
    const { ids, words } = story(sourceOf(of));
    assert.deepEqual(ids, [...kFacts, 'made-save']);
    assert.ok(words.includes(kDigest) && words.includes(guide['made.untold']));
    assert.ok(!words.includes(guide['made.left_out']));
  }
  for (const of of ['example', 'file'] as const) {
    const { ids, words } = story(sourceOf(of));
    assert.deepEqual(ids, kFacts);
    assert.equal(words.filter((word) => word === guide['made.left_out']).length, 2);
  }
});

test('what is not known is said, and drawn as nothing', () => {
  speak({ ...english, guide });
  const { ids, words } = story(sourceOf('file', forget));
  assert.deepEqual(ids, kFacts.filter((name) => name !== 'made-why'));
  for (const key of ['made.signaling.none', 'made.kind.none', 'made.pairs.none', 'made.times.none', 'made.way.unknown'] as const) assert.ok(words.includes(guide[key]), key);
  assert.equal(words.filter((word) => word === guide['made.untold']).length, 3);
});

test('when a pair came to what it is counts from the yes of both', () => {
  speak({ ...english, guide });
  const { words } = story(sourceOf('file', (call) => call.pairs.forEach((pair) => (pair.states = [{ at: 250, state: 'works' }]))));
  assert.ok(words.some((word) => /: works, 250 ms after both said yes$/.test(word)), words.join('\n'));
});

test('that no picture was shown is said once the call is over, and of none that was', () => {
  speak({ ...english, guide });
  const said = (changes: Partial<SavedCall['times']>) => {
    const { words } = story(sourceOf('file', (call) => Object.assign(call.times, changes)));
    return (['made.times.frame', 'made.times.unknown'] as const).filter((key) => words.includes(guide[key]));
  };
  assert.deepEqual(said({ frame: null, ended: null }), ['made.times.unknown']);
  assert.deepEqual(said({ frame: null, ended: 60_000 }), ['made.times.frame']);
  assert.deepEqual(said({ remote: null, frame: 400, ended: 60_000 }), ['made.times.unknown']);
  assert.deepEqual(said({ frame: 400 }), []);
});

test('bars lie within their chart', () => {
  speak({ ...english, guide });
  const { elements } = story(sourceOf('example', (call) => (call.times.frame = 90_000)));
  const bars = elements.filter(({ type, props }) => type === 'rect' && /^(?:bar|phase)-/.test(String(props['class'])));
  assert.ok(bars.length >= 8, `${bars.length}`);
  for (const { props } of bars) {
    const [x, width] = [Number(props['x']), Number(props['width'])];
    assert.ok(x >= 0 && width >= 0 && x + width <= 1_000.001, `${x} and ${width}`);
  }
});

/** The drawing of the way, and the words below it. */
function wayDrawn(change: (call: SavedCall) => void): { routers: unknown[]; stops: string[] } {
  const { elements } = story(sourceOf('file', change));
  const words = draw(elements.find(({ props }) => props['class'] === 'way-stops')?.props['children']).words;
  return { routers: elements.filter(({ props }) => props['class'] === 'd-router').map(({ props }) => props['x']), stops: words };
}

test('a router is drawn at the end where one was seen, and named', () => {
  speak({ ...english, guide });
  const names = (...stops: ('own' | 'router.own' | 'relay' | 'router.partner' | 'partner')[]): string[] => stops.map((stop) => guide[`made.stop.${stop}`]);
  const both = wayDrawn(() => {});
  assert.deepEqual(both.stops, names('own', 'router.own', 'router.partner', 'partner'));
  const [left, right] = both.routers as [number, number];
  assert.ok(left < 230 && right > 290, `${left} and ${right}`);
  const relayed = wayDrawn((call) => void (call.path.badge = 'relayed'));
  assert.deepEqual(relayed, { routers: [left], stops: names('own', 'router.own', 'relay', 'partner') });
  const none = wayDrawn((call) => call.candidates.forEach((each) => (each.kind = 'host')));
  assert.deepEqual(none, { routers: [], stops: names('own', 'partner') });
  assert.deepEqual(wayDrawn(forget), { routers: [], stops: [] });
});

test('the way is drawn with a relay only where there is one', () => {
  speak({ ...english, guide });
  const nodes = (change: (call: SavedCall) => void): number => story(sourceOf('file', change)).elements.filter(({ props }) => props['class'] === 'd-relay-node' && props['r'] === '26').length;
  assert.deepEqual([nodes(() => {}), nodes((call) => (call.path.badge = 'relayed')), nodes(forget)], [0, 1, 0]);
});
