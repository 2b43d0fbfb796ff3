// Which lines of a conversation are new. The list forgets its oldest lines, so its length says nothing.

export function newLines<Line extends object>(before: readonly Line[], now: readonly Line[]): readonly Line[] {
  const last = before.at(-1);
  return last === undefined ? now : now.slice(now.lastIndexOf(last) + 1);
}
