// What calls of this tab have found out about the networks it was in.

/** A relayed call may be due to either end's network: it takes so many partners on networks of their own to blame this one. */
export const kWitnesses = 2;

/**
 * Remembers, for as long as the tab lives, on which networks only a relay worked. A network is known by its public addresses as STUN
 * told them; none at all is a network too for this end, one that blocks UDP perhaps.
 */
export class PathMemory {
  private readonly relayed = new Map<string, Set<string>>();

  remember(network: string, partner: string, relayed: boolean): void {
    if (!relayed) this.relayed.delete(network);
    else if (partner !== '') this.relayed.set(network, new Set([...(this.relayed.get(network) ?? []), partner]));
  }

  onlyRelayWorked(network: string): boolean {
    return (this.relayed.get(network)?.size ?? 0) >= kWitnesses;
  }
}

/** `addresses`: of one end's server-reflexive candidates. */
export function networkName(addresses: readonly string[]): string {
  return [...new Set(addresses)].sort().join(' ');
}
