// What a browser is asked to do and never says to have done is not waited for.

import type { Clock } from './ports.ts';

/** Rejects when it has not happened by then, whatever becomes of it later. */
export function timely<T>(clock: Clock, ms: number, asked: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const cancel = clock.after(ms, () => fail(new Error(`not done within ${ms} ms`)));
    asked.then(done, fail).finally(cancel);
  });
}
