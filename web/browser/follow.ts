// What only the page knows and the call depends on: that the device has woken up, is on a network again or on another, or that the page
// goes away.

import type { Client } from '../core/client.ts';

/** The parts of a window that are listened to; a test hands in its own. */
export interface Surroundings {
  window: EventTarget;
  document: EventTarget & { readonly visibilityState: string };
  /** `navigator.connection`, where the browser tells of its network. */
  connection?: EventTarget | undefined;
}

/** Keeps the client in step with its page, until the function it gives is called. */
export function followPage(client: Pick<Client, 'act' | 'check' | 'view'>, page: Surroundings = { window, document, connection: ownNetwork() }): () => void {
  const check = (): void => client.check();
  const checkIfSeen = (): void => {
    if (page.document.visibilityState === 'visible') client.check();
  };
  // In a room a closed page is a person who left. A private call waits for its reload.
  const sayGoodbye = (): void => {
    if (client.view.call.kind === 'room') client.act('leave');
  };
  page.window.addEventListener('online', check);
  page.connection?.addEventListener('change', check);
  page.window.addEventListener('pagehide', sayGoodbye);
  page.document.addEventListener('visibilitychange', checkIfSeen);
  return () => {
    page.window.removeEventListener('online', check);
    page.connection?.removeEventListener('change', check);
    page.window.removeEventListener('pagehide', sayGoodbye);
    page.document.removeEventListener('visibilitychange', checkIfSeen);
  };
}

function ownNetwork(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
