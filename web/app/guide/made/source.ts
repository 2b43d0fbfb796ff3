// Where the facts beside the steps come from: this call, the last one, a file, or the example.

import { redact, type Redacted } from '../../../core/made_file.ts';
import type { Model } from '../../model.ts';
import { kExample } from './example.ts';

export interface Source extends Redacted {
  of: 'live' | 'last' | 'example' | 'file';
  /** Of the certificates, where they may be shown. */
  fingerprints: { own: string | null; partner: string | null } | null;
}

export const kExampleSource: Source = { of: 'example', saved: kExample, places: new Map(), fingerprints: null };

/** Reads signals: whoever draws it draws it again when the call goes on. */
export function sourceOf(model: Model | null): Source {
  const { made, path } = model?.view.value ?? { made: null };
  if (!model || !made || !path) return kExampleSource;
  const { client } = model;
  const { crossed, timings } = client;
  const counted = crossed && { before: crossed.before, after: crossed.after ?? client.session.ledger.total };
  const { own, partner } = made.lock;
  return { of: model.inCall.value ? 'live' : 'last', ...redact({ made, timings, path, crossed: counted }), fingerprints: { own, partner } };
}
