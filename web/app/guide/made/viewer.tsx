// A saved call, opened again: read on this device, sent nowhere, with the server away too.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { kMadeFileMax, readMadeFile, type MadeFlaw } from '../../../core/made_file.ts';
import { g } from '../../../locales/index.ts';
import type { Model } from '../../model.ts';
import { Heading } from '../../parts.tsx';
import { Away } from '../away.tsx';
import type { Source } from './source.ts';
import { Story } from './story.tsx';

/** `unread`: the browser could not read the file. `several`: more than one was dropped. `none`: something else was, such as a text. */
export type Flaw = MadeFlaw | { why: 'unread' | 'several' | 'none' };
export type Opened = { source: Source } | { flaw: Flaw };

export async function open(files: readonly Pick<File, 'size' | 'text'>[]): Promise<Opened> {
  const [file] = files;
  if (!file) return { flaw: { why: 'none' } };
  if (files.length > 1) return { flaw: { why: 'several' } };
  if (file.size > kMadeFileMax) return { flaw: { why: 'large' } };
  let text: string;
  try {
    text = await file.text();
  } catch {
    return { flaw: { why: 'unread' } };
  }
  const read = readMadeFile(text);
  return read.ok ? { source: { of: 'file', saved: read.saved, places: new Map(), fingerprints: null } } : { flaw: read.flaw };
}

/** Said aloud: what is drawn below is not in view of everybody. */
export function Outcome({ of }: { of: Opened }) {
  if ('source' in of) return <p data-testid="made-opened">{g('made.viewer.opened')}</p>;
  const { flaw } = of;
  return (
    <p class="made-flaw" data-testid="made-flaw" data-why={flaw.why}>
      {flaw.why === 'shape' ? g('made.flaw.shape', { where: flaw.where }) : g(`made.flaw.${flaw.why}`)}
    </p>
  );
}

export function Viewer({ model }: { model: Model | null }) {
  const opened = useSignal<Opened | null>(null);
  const over = useSignal(false);
  const turn = useRef(0);
  const take = async (files: FileList | null | undefined): Promise<void> => {
    over.value = false;
    const mine = ++turn.current;
    const found = await open([...(files ?? [])]);
    // Another may have been chosen while this one was read.
    if (mine === turn.current) opened.value = found;
  };
  // Wherever in the window it is let go: the browser would open it in the place of the page.
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      event.preventDefault();
      over.value = event.type === 'dragover';
      if (event.type === 'drop') void take(event.dataTransfer?.files);
    };
    const kinds = ['dragover', 'dragleave', 'drop'] as const;
    for (const kind of kinds) document.addEventListener(kind, drag);
    return () => kinds.forEach((kind) => document.removeEventListener(kind, drag));
  }, []);
  const { value } = opened;
  return (
    <main class="page guide" data-testid="screen-made">
      <Away model={model} />
      <div>
        <Heading>{g('made.viewer.title')}</Heading>
        <p class="lead">{g('made.viewer.lead')}</p>
      </div>
      <label class={over.value ? 'panel made-drop over' : 'panel made-drop'}>
        <span>{g('made.viewer.choose')}</span>
        <input
          type="file"
          accept=".json,application/json"
          data-testid="made-file"
          onChange={(event) => {
            const input = event.currentTarget;
            // Emptied once it is read, so that the same file can be chosen again.
            if (input.files?.length) void take(input.files).then(() => (input.value = ''));
          }}
        />
      </label>
      <div role="status">{value && <Outcome of={value} />}</div>
      {value && 'source' in value && <Story source={value.source} />}
    </main>
  );
}
