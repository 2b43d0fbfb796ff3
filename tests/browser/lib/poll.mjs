// Waiting for states, never for times.
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `probe` until it answers something truthy and returns that; throws after `limit` ms, with the last answer. */
export async function until(what, probe, { limit = 25_000, every = 50 } = {}) {
  const end = Date.now() + limit;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`waited ${limit / 1000} s for ${what}; last seen: ${seen}`);
    }
    await sleep(every);
  }
}

/** The state must keep holding for `time` ms. */
export async function holds(what, probe, time, every = 100) {
  const end = Date.now() + time;
  do {
    if (!(await probe())) throw new Error(`did not hold: ${what}`);
    await sleep(every);
  } while (Date.now() < end);
}
