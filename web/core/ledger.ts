// What crossed between this tab and the server, by this end's own count: beside the server's (`ledger` in docs/protocol.md) it
// shows whether the two saw the same. Directions are the server's: `in` is what this end sent. Every page counts, and few look:
// what makes a table of the counts is in accounts.ts.

export type Way = 'in' | 'out';

/** How many of each kind, and under kBytes how many bytes in all. */
type Counts = Map<string, number>;
export type Count = Readonly<Record<Way, ReadonlyMap<string, number>>>;

export const kBytes = '';
/** What came and could not be read as a message. */
export const kUnreadable = '?';

const fresh = (): Record<Way, Counts> => ({ in: new Map(), out: new Map() });

function add(to: Counts, kind: string, much: number): void {
  to.set(kind, (to.get(kind) ?? 0) + much);
}

/** The count of one session, over all connections that were greeted as it. */
export class Ledger {
  private earlier = fresh();
  private current = fresh();
  private isGreeted = false;
  private asked: Counts = new Map();
  /** A question is under way: another would be taken for the one that is answered. */
  isAsked = false;
  /** At the server's newest account; null before the first. */
  compared: Count | null = null;

  /** Another connection. What was said on one that was never greeted belongs to no session, as at the server. */
  begin(): void {
    if (this.isGreeted) this.earlier = { in: this.soFar('in'), out: this.soFar('out') };
    this.current = fresh();
    this.isGreeted = this.isAsked = false;
  }

  /** Whether the server goes on counting where it was: it knows the session, and has not been started anew since. */
  settle(goesOn: boolean): void {
    this.isGreeted = true;
    if (!goesOn) this.earlier = fresh();
  }

  /** The server counts a question before it answers, and its answer only afterwards; in between nothing overtakes. */
  count(way: Way, kind: string, text: string): void {
    const isAccount = kind === 'ledger';
    if (isAccount && way === 'out') {
      this.compared = { in: this.asked, out: this.soFar(way) };
      this.isAsked = false;
    }
    add(this.current[way], kind, 1);
    add(this.current[way], kBytes, new TextEncoder().encode(text).length);
    if (!isAccount || way === 'out') return;
    this.asked = this.soFar(way);
    this.isAsked = true;
  }

  /** Of this session, until now. */
  get total(): Count {
    return { in: this.soFar('in'), out: this.soFar('out') };
  }

  private soFar(way: Way): Counts {
    const sum = new Map(this.earlier[way]);
    for (const [kind, much] of this.current[way]) add(sum, kind, much);
    return sum;
  }
}
