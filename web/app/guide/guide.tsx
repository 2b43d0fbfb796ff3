// The pages that explain, each by its name.

import type { Model } from '../model.ts';
import type { Page } from '../places.ts';
import { How } from './how.tsx';
import { Server } from './server.tsx';
import { Troubles } from './troubles.tsx';

const kPages = { how: How, server: Server, trouble: Troubles };

export function Guide({ page, model }: { page: Page; model: Model | null }) {
  const Explained = kPages[page];
  return <Explained model={model} />;
}
