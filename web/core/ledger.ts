// What crossed between this tab and the server, by this end's own count: beside the server's (`ledger` in docs/protocol.md) it
// shows whether the two saw the same. Directions are the server's: `in` is what this end sent.

export type Way = 'in' | 'out';
type Both = Record<Way, number>;

export interface Tally {
  messages: Both;
  bytes: Both;
  kinds: Map<string, Both>;
}

/** The server's account and this end's, of the same moment. */
export interface Accounts {
  server: Tally;
  own: Tally;
}

/** What came and could not be read as a message. */
export const kUnreadable = '?';

export const kWays: readonly Way[] = ['in', 'out'];
const fresh = (): Tally => ({ messages: { in: 0, out: 0 }, bytes: { in: 0, out: 0 }, kinds: new Map() });

/** One direction of `from`, on top of what is there. */
function add(to: Tally, from: Tally, way: Way): void {
  to.messages[way] += from.messages[way];
  to.bytes[way] += from.bytes[way];
  for (const [kind, counts] of from.kinds) {
    if (counts[way] > 0) kindOf(to, kind)[way] += counts[way];
  }
}

function kindOf(tally: Tally, kind: string): Both {
  let counts = tally.kinds.get(kind);
  if (!counts) tally.kinds.set(kind, (counts = { in: 0, out: 0 }));
  return counts;
}

/** The count of one session, over all connections that were greeted as it. */
export class Ledger {
  private earlier = fresh();
  private current = fresh();
  private isGreeted = false;
  private asked = fresh();
  /** At the server's newest account; null before the first. */
  compared: Tally | null = null;

  /** Another connection. What was said on one that was never greeted belongs to no session, as at the server. */
  begin(): void {
    if (this.isGreeted) for (const way of kWays) add(this.earlier, this.current, way);
    this.current = fresh();
    this.isGreeted = false;
  }

  /** Whether the server goes on counting where it was: it knows the session, and has not been started anew since. */
  settle(goesOn: boolean): void {
    this.isGreeted = true;
    if (!goesOn) this.earlier = fresh();
  }

  /** The server counts a question before it answers, and its answer only afterwards; in between nothing overtakes. */
  count(way: Way, kind: string, text: string): void {
    if (way === 'out' && kind === 'ledger') {
      this.compared = this.soFar('out');
      add(this.compared, this.asked, 'in');
    }
    this.current.messages[way] += 1;
    this.current.bytes[way] += new TextEncoder().encode(text).length;
    kindOf(this.current, kind)[way] += 1;
    if (way === 'in' && kind === 'ledger') this.asked = this.soFar('in');
  }

  private soFar(way: Way): Tally {
    const tally = fresh();
    add(tally, this.earlier, way);
    add(tally, this.current, way);
    return tally;
  }
}
