// A part of the page that could not be fetched once is never fetched again by some browsers (Firefox), however often it is asked
// for: so a part is not asked for while the server is known to be away.

/** Throws if the server is away and does not answer. */
export async function reachServer(): Promise<void> {
  const { server } = document.documentElement.dataset;
  if (server !== 'lost' && server !== 'closed') return;
  const { ok, status } = await fetch('/', { method: 'HEAD', cache: 'no-store' });
  // A proxy in front of it answers for it too.
  if (!ok) throw new Error(`the server is away: ${status}`);
}
