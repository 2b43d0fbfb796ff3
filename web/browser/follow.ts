// What only the page knows and the call depends on: that the device has woken up, is on a network again, or that the page goes away.

import type { Client } from '../core/client.ts';
import type { Sign } from '../core/session.ts';

/** How often the clock is looked at in view, */
export const kLookMs = 5_000;
/** and how long it must have run on by itself: the device slept, and its screen showed this page before and after. */
export const kAsleepMs = 15_000;

/** What a browser may tell of its network; `type` on phones alone. */
export type Network = EventTarget & { readonly type?: string };

/** The parts of a window that are listened to; a test hands in its own. */
export interface Surroundings {
  window: EventTarget;
  document: EventTarget & { readonly visibilityState: string };
  /** Where the browser has it. */
  network: Network | undefined;
  /** The time of day, ms: unlike a page's own clock it goes on while the device sleeps. */
  now(): number;
  /** Runs it again and again until the function it gives is called. */
  every(ms: number, run: () => void): () => void;
}

function surroundings(): Surroundings {
  return {
    window,
    document,
    network: (navigator as { connection?: Network }).connection,
    now: () => Date.now(),
    every(ms, run) {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
  };
}

/** Keeps the client in step with its page, until the function it gives is called. */
export function followPage(client: Pick<Client, 'act' | 'check' | 'view'>, page: Surroundings = surroundings()): () => void {
  const { window, document, network, now, every } = page;
  const sign = (what: Sign) => (): void => client.check(what);
  let looked = now();
  const handleVisibility = (): void => {
    // Out of view timers run seldom: how long ago the last one ran says nothing of a sleep.
    looked = now();
    if (document.visibilityState === 'visible') client.check('seen');
  };
  const look = (): void => {
    const passed = now() - looked;
    looked = now();
    if (document.visibilityState === 'visible' && passed >= kAsleepMs) client.check('woken');
  };
  // Kept by the browser and taken out again: its connections were closed or left for dead meanwhile.
  const handleShow = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) client.check('woken');
  };
  // The rest are estimates of its speed, and on a desk there is nothing else: they change in a bad network, without any other coming.
  let kind = network?.type;
  const handleNetwork = (): void => {
    const before = kind;
    kind = network?.type;
    if (kind !== before) client.check('network');
  };
  // In a room a closed page is a person who left. A private call waits for its reload.
  const sayGoodbye = (): void => {
    if (client.view.call.kind === 'room') client.act('leave');
  };
  const heard: [EventTarget | undefined, string, (event: Event) => void][] = [
    [window, 'online', sign('online')],
    [window, 'pageshow', handleShow],
    [window, 'pagehide', sayGoodbye],
    [document, 'visibilitychange', handleVisibility],
    // A browser that saves its strength stops a page whole.
    [document, 'resume', sign('woken')],
    [network, 'change', handleNetwork],
  ];
  for (const [target, name, hear] of heard) target?.addEventListener(name, hear);
  const stop = every(kLookMs, look);
  return () => {
    for (const [target, name, hear] of heard) target?.removeEventListener(name, hear);
    stop();
  };
}
