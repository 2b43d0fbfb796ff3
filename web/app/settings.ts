// What this page keeps on the device, and nowhere else: each thing under a name of its own, to be seen and deleted (sheets/kept.tsx).

import { signal, type Signal } from '@preact/signals';
import type { Store } from '../core/ports.ts';

/** Kept on the device; where a browser forbids it, a memory that lasts as long as the page. */
export const store: Store = openStore(() => window.localStorage);
/** The same for this tab, where a reload finds it. */
export const tabStore: Store = openStore(() => window.sessionStorage);

/** Where storage is forbidden the mere name of it throws. */
function openStore(open: () => Store): Store {
  try {
    const found = open();
    found.setItem('visavis.test', '1');
    found.removeItem('visavis.test');
    return found;
  } catch {
    const held = new Map<string, string>();
    return {
      getItem: (name) => held.get(name) ?? null,
      setItem: (name, value) => void held.set(name, value),
      removeItem: (name) => void held.delete(name),
    };
  }
}

/** One thing that is kept; null where nothing is. */
export class Kept {
  readonly name: string;
  private readonly held: Signal<string | null>;

  constructor(name: string) {
    this.name = `visavis.${name}`;
    this.held = signal(store.getItem(this.name));
  }

  get value(): string | null {
    return this.held.value;
  }

  set value(text: string | null) {
    this.held.value = text;
    if (text === null) store.removeItem(this.name);
    else store.setItem(this.name, text);
  }
}

export type Theme = 'system' | 'light' | 'dark';

export const settings = {
  /** The tag of the room this person was in last. */
  room: new Kept('room'),
  language: new Kept('language'),
  /** `light` or `dark`; null follows the system. */
  theme: new Kept('theme'),
  /** `off`, or null. */
  sounds: new Kept('sounds'),
  /** `on` once the person has asked to be told. */
  notices: new Kept('notices'),
  /** Which rules were agreed to, as `rulesMark` writes it. */
  agreed: new Kept('agreed'),
  /** Camera, microphone and speaker, as media/device_list.ts writes them. */
  devices: new Kept('devices'),
  /** `off`, or null: single keys in a call. */
  shortcuts: new Kept('shortcuts'),
  /** `on`, or null: smaller pictures, for this device's and the network's sake. */
  battery: new Kept('battery'),
  data: new Kept('data'),
};

export const kThemes: readonly Theme[] = ['system', 'light', 'dark'];

export function themeOf(): Theme {
  const { value } = settings.theme;
  return value === 'light' || value === 'dark' ? value : 'system';
}

/** Names one text of rules; another text has another mark (FNV-1a: it need only notice a change). */
export function rulesMark(rules: string | null): string {
  let hash = 0x811c9dc5;
  for (const letter of rules ?? '') hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193) >>> 0;
  return `1.${hash.toString(16)}`;
}
