// What a network takes away, taken away from one page alone: the server, and the path of its call. And the time that it takes.
import { until } from './poll.mjs';

/** Until `body` is done no WebSocket of this person's page opens any more. */
export async function withoutServer(person, body) {
  await person.page.evaluate(() => {
    window.vvSocket = window.WebSocket;
    window.WebSocket = class extends EventTarget {
      constructor() {
        super();
        queueMicrotask(() => {
          const close = new CloseEvent('close', { code: 1006 });
          this.dispatchEvent(close);
          this.onclose?.(close);
        });
      }
      close() {}
      send() {}
    };
    window.visavis.drop();
  });
  await person.server('lost');
  await body();
  await person.page.evaluate(() => {
    window.WebSocket = window.vvSocket;
    window.dispatchEvent(new Event('online'));
  });
  await person.server('open');
}

/** Until `body` is done this person's browser says that nothing arrives. (In Firefox no event made by hand reaches a connection.) @returns what `body` does */
export async function withoutPath(person, body) {
  const isShaky = () => person.has('shaky');
  await person.page.evaluate(() => {
    const { pc } = window.visavis;
    Object.defineProperty(pc, 'connectionState', { configurable: true, value: 'disconnected' });
    pc.onconnectionstatechange(new Event('connectionstatechange'));
  });
  await until(`${person.name}: the path is interrupted`, isShaky);
  const result = await body();
  await person.page.evaluate(() => {
    const { pc } = window.visavis;
    if (!pc) return;
    delete pc.connectionState;
    pc.onconnectionstatechange(new Event('connectionstatechange'));
  });
  await until(`${person.name}: it is not any more`, async () => !(await isShaky()));
  return result;
}

/** The clock of this person's page is put forward: what it says after a while it says now. Its timers run on as they did. */
export function putForward(person, seconds) {
  return person.page.evaluate((ms) => {
    const { now } = performance;
    performance.now = () => now.call(performance) + ms;
  }, seconds * 1_000);
}

/** The second person's path is interrupted until a restart of ICE has been answered, by whichever end. */
export function restartOnce(first, second) {
  const answered = async () => (await Promise.all([first.told('answer'), second.told('answer')])).flat().map(({ round }) => round);
  return withoutPath(second, async () => {
    const before = Math.max(...(await answered()));
    await until('a restart is answered', async () => (await answered()).some((round) => round > before));
  });
}
