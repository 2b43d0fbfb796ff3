// What the browser would do if the page asked for a camera or a microphone now: so that the page explains before the browser asks, and
// shows the preview at once where it need not ask.

/** `unknown`: this browser does not say. */
export type Permission = 'granted' | 'prompt' | 'denied' | 'unknown';

/** What is stricter wins; a browser that does not say is taken to ask. */
export function together(permissions: readonly Permission[]): Permission {
  for (const strict of ['denied', 'prompt', 'unknown'] as const) if (permissions.includes(strict)) return strict;
  return 'granted';
}

async function ask(name: 'camera' | 'microphone'): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: name as PermissionName });
  } catch {
    // Browsers that have no such permission to ask about throw.
    return null;
  }
}

/** `onChange`: the person has changed their mind in the browser's own settings. */
export async function readPermission(wanted: { video: boolean; audio: boolean }, onChange?: () => void): Promise<Permission> {
  const names = [...(wanted.video ? (['camera'] as const) : []), ...(wanted.audio ? (['microphone'] as const) : [])];
  const all = await Promise.all(names.map(ask));
  if (onChange) for (const status of all) status?.addEventListener('change', onChange, { once: true });
  return together(all.map((status) => status?.state ?? 'unknown'));
}
