// The tables and the diagram of core's README against the machine itself: every phase, everything that can happen in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kPhases, type CallState, type Phase } from './call_state.ts';
import type { Kind } from './protocol.ts';
import { kHappenings, kOnly, machineIn } from './testing/machine.ts';
import { namesIn, readme, tableAfter } from './testing/readme.ts';

const kKinds: Kind[] = ['room', 'private'];
const kMarks: Record<Kind, string> = { room: 'transitions: room', private: 'transitions: private' };

function written(states: readonly CallState[]): string {
  return states.map(({ phase, reason }) => (phase === 'ended' ? `ended: ${reason}` : phase)).join(' → ') || '·';
}

function done(kind: Kind, phase: Phase, name: string): string {
  const machine = machineIn(kind, phase)!;
  assert.equal(machine.call.state.phase, phase, 'the machine was led there');
  return written(machine.apply(kHappenings[name]!));
}

for (const kind of kKinds) {
  test(`${kind}: each cell of the table is what the machine does`, () => {
    const [head, ...rows] = tableAfter(kMarks[kind]);
    const phases = head!.slice(1) as Phase[];
    assert.deepEqual(phases, kPhases.filter((phase) => machineIn(kind, phase) !== null), 'every phase of such a call has its column');
    for (const [names, ...cells] of rows) {
      assert.equal(cells.length, phases.length, names);
      for (const name of names!.split(' / ')) {
        assert.ok(Object.hasOwn(kHappenings, name), `'${name}' is something that can happen`);
        assert.equal(kOnly[name] ?? kind, kind, `'${name}' can happen here`);
        phases.forEach((phase, at) => assert.equal(cells[at], done(kind, phase, name), `${kind}, ${phase}: ${name}`));
      }
    }
  });

  test(`${kind}: what the table leaves out changes no phase`, () => {
    const told = new Set(namesIn(kMarks[kind]));
    const untold = Object.keys(kHappenings).filter((name) => !told.has(name) && (kOnly[name] ?? kind) === kind);
    for (const name of untold) {
      for (const phase of kPhases) {
        if (machineIn(kind, phase)) assert.equal(done(kind, phase, name), '·', `${kind}, ${phase}: ${name}`);
      }
    }
  });
}

test('the diagram has the steps of the tables, and no other', () => {
  const diagram = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const drawn = [...diagram.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} → ${to}`);
  assert.equal(new Set(drawn).size, drawn.length, 'each once');
  const steps = new Set<string>();
  for (const kind of kKinds) {
    const [head, ...rows] = tableAfter(kMarks[kind]);
    for (const [, ...cells] of rows) {
      cells.forEach((cell, at) => {
        const phases = cell === '·' ? [] : cell.split(' → ').map((step) => step.replace(/:.*/, ''));
        [head![at + 1]!, ...phases].reduce((from, to) => (steps.add(`${from} → ${to}`), to));
      });
    }
  }
  assert.deepEqual(drawn.sort(), [...steps].sort());
});
