// Where a person is, told to the browser's history, so that its "back" goes where they expect. A place is on the stack at most once:
// wanting one that lies below goes back to it, wanting another of the same kind takes its place.

/** The pages that explain, each at an address of its own. */
export const kPages = ['how', 'server', 'made', 'trouble'] as const;
export type Page = (typeof kPages)[number];

export interface Spot {
  at: 'home' | 'private' | 'ready' | 'meeting' | Page;
  /** The room of `ready` and `meeting`; null in a private call. */
  room: string | null;
}

export type Step = { go: number } | { put: 'push' | 'replace'; stack: Spot[] } | null;

/** A browser moves within moments, a busy one within seconds. Taken for lost, a move that still came would be taken for the person's. */
const kTravelMs = 10_000;
/** Within this a move to anywhere else is one the person asked for before the page wanted another place; after it, one they ask for now. */
export const kMomentMs = 1_000;

/** A move we have asked the browser for. */
interface Travel {
  /** How many places there are at its end. */
  depth: number;
  isRecent: boolean;
  timers: ReturnType<typeof setTimeout>[];
}

const same = (one: Spot, other: Spot): boolean => one.at === other.at && one.room === other.room;

/** How to come from the top of `stack` to `wanted`. */
export function stepTo(stack: readonly Spot[], wanted: Spot): Step {
  const top = stack.length - 1;
  const found = stack.findIndex((spot) => same(spot, wanted));
  if (found >= 0) return found === top ? null : { go: found - top };
  if (stack[top]?.at === wanted.at) return { put: 'replace', stack: [...stack.slice(0, -1), wanted] };
  return { put: 'push', stack: [...stack, wanted] };
}

export const isPage = (at: string): at is Page => (kPages as readonly string[]).includes(at);

export function pathOf(spot: Spot): string {
  if (isPage(spot.at)) return `/${spot.at}`;
  return spot.at !== 'home' && spot.at !== 'private' && spot.room === null ? '/p' : '/';
}

export function spotOf(path: string): Spot {
  const at = path.slice(1);
  if (isPage(at)) return { at, room: null };
  return { at: path === '/p' ? 'ready' : 'home', room: null };
}

/** Where this page may be had by TLS; null where nobody can know: what answers at another port than the usual one speaks no TLS there. */
export function secureAddress({ hostname, port, pathname, search, hash }: Pick<Location, 'hostname' | 'port' | 'pathname' | 'search' | 'hash'>): string | null {
  return port === '' ? `https://${hostname}${pathname}${search}${hash}` : null;
}

export class Places {
  /** The browser went to another entry: by the person's wish, not by ours. */
  onMove: (spot: Spot) => void = () => {};
  private stack: Spot[];
  private wanted: Spot;
  private traveling: Travel | null = null;

  constructor() {
    const kept = readStack(history.state);
    this.wanted = spotOf(location.pathname);
    this.stack = kept ?? [this.wanted];
    if (!kept) this.write('replace', this.stack);
    addEventListener('popstate', (event) => this.handlePop(event.state));
  }

  get here(): Spot {
    return this.stack.at(-1)!;
  }

  want(spot: Spot): void {
    this.wanted = spot;
    this.settle();
  }

  /** The address without what a link carried in its fragment. */
  dropFragment(): void {
    history.replaceState(history.state, '', location.pathname + location.search);
  }

  /** The entry the browser is at leads nowhere: it becomes one for where the page is, so that nobody comes back to it. */
  amend(spot: Spot): void {
    this.wanted = spot;
    this.stack = [...this.stack.slice(0, -1), spot];
    this.dropFragment();
    this.write('replace', this.stack);
    this.settle();
  }

  private settle(): void {
    if (this.traveling !== null) return;
    const step = stepTo(this.stack, this.wanted);
    if (!step) return;
    if ('go' in step) {
      this.travel(step.go);
    } else {
      this.stack = step.stack;
      this.write(step.put, step.stack);
    }
  }

  private travel(steps: number): void {
    const travel: Travel = { depth: this.stack.length + steps, isRecent: true, timers: [] };
    // A browser that has thrown the entry away does not move, and says nothing.
    const giveUp = (): void => {
      this.traveling = null;
      this.stack = [...this.stack.slice(0, steps).filter((spot) => !same(spot, this.wanted)), this.wanted];
      this.write('replace', this.stack);
    };
    travel.timers = [setTimeout(() => (travel.isRecent = false), kMomentMs), setTimeout(giveUp, kTravelMs)];
    this.traveling = travel;
    history.go(steps);
  }

  private write(how: 'push' | 'replace', stack: readonly Spot[]): void {
    const address = pathOf(stack.at(-1)!) + location.search + (how === 'replace' ? location.hash : '');
    if (how === 'push') history.pushState({ stack }, '', address);
    else history.replaceState({ stack }, '', address);
  }

  private handlePop(state: unknown): void {
    this.stack = readStack(state) ?? [spotOf(location.pathname)];
    const travel = this.traveling;
    this.traveling = null;
    travel?.timers.forEach((timer) => clearTimeout(timer));
    const isOurs = travel !== null && (travel.isRecent || travel.depth === this.stack.length);
    if (!isOurs) {
      this.wanted = this.here;
      this.onMove(this.here);
    }
    this.settle();
  }
}

function readStack(state: unknown): Spot[] | null {
  const stack = (state as { stack?: unknown } | null)?.stack;
  return Array.isArray(stack) && stack.length > 0 ? (stack as Spot[]) : null;
}
