// Listeners by the name of what they listen for.

export type Listener<T> = (event: T) => void;

/** Stops listening; harmless the second time. */
export type Unsubscribe = () => void;

export class Emitter<Events extends object> {
  private readonly listeners: { [K in keyof Events]: Set<Listener<Events[K]>> };

  /** `names`: all there are. A name that is misspelt in a page without types is found at once, not by silence. */
  constructor(names: Record<keyof Events, true>) {
    const sets = Object.keys(names).map((name) => [name, new Set()]);
    this.listeners = Object.fromEntries(sets) as typeof this.listeners;
  }

  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): Unsubscribe {
    if (!Object.hasOwn(this.listeners, name)) throw new RangeError(`there is no event '${String(name)}'`);
    // A listener that is added twice is called twice, and each is taken off by its own.
    const own: Listener<Events[K]> = (event) => listener(event);
    this.listeners[name].add(own);
    return () => void this.listeners[name].delete(own);
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of [...this.listeners[name]]) guarded(() => listener(event));
  }
}

/** A page's own mistake is for the page's console; the call and the other listeners do not suffer from it. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
