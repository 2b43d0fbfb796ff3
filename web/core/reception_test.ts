import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kBusyMs, kStill } from './ladder.ts';
import { kBusyDecoderShare, kDroppedPart, Reception, type Arrival } from './reception.ts';
import { kUpMs } from './stairs.ts';

const kGood: Arrival = { height: 480, fps: 30, decodeMs: 4, hardware: false, dropped: 0 };

function pass(reception: Reception, from: number, seconds: number, arrival: Arrival | null): number {
  for (let second = 1; second <= seconds; second += 1) reception.handle(from + second * 1_000, arrival);
  return reception.most;
}

test('a device that decodes with ease asks for nothing', () => {
  assert.equal(pass(new Reception(), 0, 300, kGood), 0);
  assert.equal(pass(new Reception(), 0, 300, null), 0);
});

test('a busy decoder asks within 4 s for a picture one step below what comes', () => {
  const limit = (1_000 * kBusyDecoderShare) / 30;
  const reception = new Reception();
  pass(reception, 0, 10, kGood);
  assert.equal(pass(reception, 10_000, 4, { ...kGood, decodeMs: limit }), 2);
  assert.equal(pass(new Reception(), 0, 30, { ...kGood, decodeMs: limit * 0.99 }), 0);
});

test('so do dropped pictures, where the decoder is busy as well: a page out of sight drops them too', () => {
  assert.equal(pass(new Reception(), 0, 6, { ...kGood, decodeMs: 9, dropped: kDroppedPart }), 2);
  assert.equal(pass(new Reception(), 0, 60, { ...kGood, decodeMs: 9, dropped: kDroppedPart - 0.01 }), 0);
  assert.equal(pass(new Reception(), 0, 60, { ...kGood, decodeMs: 4, dropped: 1 }), 0);
});

test('a decoder of its own may take its time, as long as no picture is dropped', () => {
  const hardware = { ...kGood, hardware: true, decodeMs: 60 };
  const reception = new Reception();
  assert.equal(pass(reception, 0, 60, hardware), 0);
  assert.equal(pass(reception, 60_000, 4, { ...hardware, dropped: kDroppedPart }), 2);
  assert.equal(pass(reception, 64_000, 90, { ...hardware, height: 360 }), 1, 'nor does its time keep it from more');
});

test('never for a picture that stands still', () => {
  const reception = new Reception();
  pass(reception, 0, 60, { ...kGood, height: 180, fps: 20, decodeMs: 100 });
  assert.equal(reception.most, kStill - 1);
});

test('it asks for more once the better step would be easy, and for less again if it was not', () => {
  const reception = new Reception();
  pass(reception, 0, 5, { ...kGood, decodeMs: 30 });
  const { most } = reception;
  assert.equal(most, 2);
  assert.equal(pass(reception, 5_000, 120, { ...kGood, height: 360, decodeMs: 8 }), 2, 'twice that would be too much');
  assert.equal(pass(reception, 125_000, 21, { ...kGood, height: 360, decodeMs: 3 }), 1);
  assert.equal(pass(reception, 146_000, 5, { ...kGood, decodeMs: 30 }), 2);
  assert.equal(pass(reception, 151_000, 65, { ...kGood, height: 360, decodeMs: 3 }), 2, `not after ${kUpMs} ms again`);
});

test('a device is busy while it is spared more than usual, and for a while where it is not', () => {
  const reception = new Reception();
  assert.equal(reception.isBusy(0), false);
  pass(reception, 0, 3, { ...kGood, height: 720, decodeMs: 30 });
  assert.equal(reception.most, 1);
  assert.equal(reception.isBusy(3_000 + kBusyMs - 1), true);
  assert.equal(reception.isBusy(3_000 + kBusyMs), false);
  pass(reception, 60_000, 3, { ...kGood, decodeMs: 30 });
  assert.equal(reception.isBusy(600_000), true);
});

test('a partner who sends less than was asked for is not asked for more', () => {
  const reception = new Reception();
  pass(reception, 0, 5, { ...kGood, decodeMs: 30 });
  assert.equal(pass(reception, 5_000, 200, { ...kGood, height: 180, fps: 20, decodeMs: 1 }), 2);
});
