// Which relays a page that hides the address asks. To ask a machine for a relay is to show it the address, and a server that lies could
// name the partner's own. So it is asked nowhere but at the host that the page belongs to, and at those that the page's own policy let it
// reach (relays.ts), which was fixed before anybody was looked for: whatever else is named is asked for at the page's host instead, which
// is where a server's own relay stands, told by its address.

import type { IceServer } from './protocol.ts';

/** A page from this machine itself, whose server is not somebody else's. Its relay is told by an address: Firefox (153) asks none for a relay at a name of loopback. */
const kOwnMachine = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
const kTurn = /^(turns?):([\w.-]+|\[[\da-f:.]+\])(:\d+)?(\?transport=\w+)?$/i;

/** `host`: `location.host`, which may have a port. */
export function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/**
 * Relays and nothing else: whoever is asked for STUN learns the address as well, and Chromium asks, whatever it may use.
 * `host`: as above; `known`: names of hosts, or addresses as a URL has them.
 */
export function ownRelays(servers: readonly IceServer[], host: string, known: ReadonlySet<string>): IceServer[] {
  const own = hostName(host);
  const at = (url: string): string[] => {
    const [, scheme, name, port = '', rest = ''] = kTurn.exec(url) ?? [];
    if (!name) return [];
    return [`${scheme}:${known.has(name.toLowerCase()) || kOwnMachine.test(own) ? name : own}${port}${rest}`];
  };
  return servers.map((server) => ({ ...server, urls: [...new Set(server.urls.flatMap(at))] })).filter(({ urls }) => urls.length > 0);
}
