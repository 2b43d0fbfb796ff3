// The server's ledger in memory: what crossed on the connections of a session.

export type Message = Record<string, unknown> & { type: string };

/** One message of a connection, as the ledger counts it. */
export interface Crossed {
  way: 'in' | 'out';
  type: string;
  bytes: number;
}

export const crossedOf = (way: 'in' | 'out', message: Message): Crossed => ({ way, type: message.type, bytes: Buffer.byteLength(JSON.stringify(message)) });

export function ledgerOf(crossed: readonly Crossed[]): Message {
  const kinds: Record<string, { in: number; out: number }> = {};
  const [messages, bytes] = [{ in: 0, out: 0 }, { in: 0, out: 0 }];
  for (const { way, type, bytes: size } of crossed) {
    messages[way] += 1;
    bytes[way] += size;
    (kinds[type] ??= { in: 0, out: 0 })[way] += 1;
  }
  return { type: 'ledger', messages, bytes, kinds };
}
