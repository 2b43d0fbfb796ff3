import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, kEnoughMegapoints, noteCost, type CodecCosts } from './codec_costs.ts';

test('what a codec costs is known once enough was encoded with it', () => {
  const costs: CodecCosts = new Map();
  assert.equal(costOf(costs, 'video/vp8'), null);
  noteCost(costs, { kind: 'video/vp8', ms: 100, megapoints: kEnoughMegapoints - 1 });
  assert.equal(costOf(costs, 'video/vp8'), null);
  noteCost(costs, { kind: 'video/vp8', ms: 200, megapoints: 1 });
  assert.equal(costOf(costs, 'video/vp8'), 300 / kEnoughMegapoints);
  assert.equal(costOf(costs, 'video/h264'), null);
});

test('a device that has become slower is known to be', () => {
  const costs: CodecCosts = new Map();
  for (let minute = 0; minute < 100; minute += 1) noteCost(costs, { kind: 'video/vp8', ms: 100, megapoints: kEnoughMegapoints });
  for (let minute = 0; minute < 20; minute += 1) noteCost(costs, { kind: 'video/vp8', ms: 300, megapoints: kEnoughMegapoints });
  assert.ok(costOf(costs, 'video/vp8')! > 250 / kEnoughMegapoints);
});
