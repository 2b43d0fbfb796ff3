// The pages that explain, each by its name.

import type { Model } from '../model.ts';
import type { Page } from '../places.ts';
import { How } from './how.tsx';
import { Viewer } from './made/viewer.tsx';
import { Server } from './server.tsx';
import { Troubles } from './troubles.tsx';

export { LiveStory } from './made/story.tsx';

const kPages = { how: How, server: Server, made: Viewer, trouble: Troubles };

export function Guide({ page, model }: { page: Page; model: Model | null }) {
  const Explained = kPages[page];
  return <Explained model={model} />;
}
