// What the badge says of the way a call goes.

import type { Badge } from '../../core/path.ts';
import type { View } from '../../core/view.ts';
import { codeStanding, isAlarm, type Verdict } from './code_standing.ts';

/** `proven`: each device sends to an address that the other has itself, as it says under keys that are known to be its own. */
export type WayShown = Badge | 'proven';

/** Whoever stands between two strangers with keys of its own could say anything in the name of both: until they have compared the code nothing is proven. */
export function wayShown({ call, code, path }: Pick<View, 'call' | 'code' | 'path'>, verdict: Verdict | null): WayShown {
  const standing = codeStanding(code, verdict);
  const isVouched = standing === 'same' || (call.kind === 'private' && !isAlarm(standing));
  return path.badge === 'direct' && path.reached && isVouched ? 'proven' : path.badge;
}
