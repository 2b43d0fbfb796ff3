// Keeps the screen on. A browser lets go of the lock when the page goes out of view, and a device that saves power at any time.

/** The parts of a browser that are used; a test hands in its own. */
export interface Awake {
  document: EventTarget & { readonly visibilityState: string };
  /** Where the browser has it. */
  wakeLock: { request(type: 'screen'): Promise<Lock> } | undefined;
}

export interface Lock extends EventTarget {
  release(): Promise<void>;
}

function browser(): Awake {
  return { document, wakeLock: 'wakeLock' in navigator ? navigator.wakeLock : undefined };
}

/** Until the function it gives is called; as far as the browser lets it, and without a word where it does not. */
export function keepAwake({ document, wakeLock }: Awake = browser()): () => void {
  let lock: Lock | null = null;
  let asked = false;
  /** Seen again while it was asked for: the answer is to what was before. */
  let again = false;
  let over = false;
  const drop = (held: Lock): void => void held.release().catch(() => {}); // gone already
  const ask = async (): Promise<void> => {
    if (!wakeLock || lock || over || document.visibilityState !== 'visible') return;
    if (asked) {
      again = true;
      return;
    }
    asked = true;
    again = false;
    // A device that saves power refuses, and a page that goes out of view while it asks is refused. It is asked again in view.
    const given = await wakeLock.request('screen').catch(() => null);
    asked = false;
    if (!given) return again ? ask() : undefined;
    if (over) return drop(given);
    lock = given;
    given.addEventListener('release', () => {
      if (lock === given) lock = null;
    });
  };
  const handleVisibility = (): void => void ask();
  document.addEventListener('visibilitychange', handleVisibility);
  handleVisibility();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', handleVisibility);
    if (lock) drop(lock);
  };
}
