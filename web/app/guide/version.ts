// What a server says of the page it serves (`GET /version`): its own word, and shown as no more than that.

export const kVersionPath = '/version';

export interface Claim {
  version: string;
  hash: string;
}

/** Null for what is not said in this form. */
export function readClaim(text: string): Claim | null {
  const [, version, hash] = /^visavis (\S{1,40})\npage ([0-9a-f]{64})\n$/.exec(text) ?? [];
  return version === undefined || hash === undefined ? null : { version, hash };
}

export async function fetchClaim(): Promise<Claim | null> {
  try {
    const answer = await fetch(kVersionPath, { cache: 'no-store', credentials: 'omit' });
    return answer.ok ? readClaim(await answer.text()) : null;
  } catch {
    return null; // no server there: nothing is said
  }
}
