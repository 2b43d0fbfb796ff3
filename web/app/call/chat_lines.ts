// Which lines of a conversation are new, and whether they are to be gone to. The list forgets its oldest lines, so its length says nothing.

export function newLines<Line extends object>(before: readonly Line[], now: readonly Line[]): readonly Line[] {
  const last = before.at(-1);
  return last === undefined ? now : now.slice(now.lastIndexOf(last) + 1);
}

/** Part of a line below the edge is no reading of older ones. */
const kEndSlack = 24;

/** Whether new lines are to be scrolled to, after the log has moved from `from`: who has scrolled up to read is left there until they are
 *  back at the end. What moves down by itself, as lines come, has not left it. */
export function follows(did: boolean, from: number, log: Pick<Element, 'scrollHeight' | 'scrollTop' | 'clientHeight'>): boolean {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight <= kEndSlack;
  return isAtEnd || (did && log.scrollTop >= from);
}
