// Single keys for what is done most in a call. They can be turned off (WCAG 2.1.4) and never act on somebody who is writing.

export type Action = 'mute' | 'camera' | 'chat' | 'fullscreen' | 'close';

/** The letter printed on the key, and the action. */
export const kShortcuts: readonly { letter: string; action: Exclude<Action, 'close'> }[] = [
  { letter: 'm', action: 'mute' },
  { letter: 'v', action: 'camera' },
  { letter: 'c', action: 'chat' },
  { letter: 'f', action: 'fullscreen' },
];

export interface Stroke {
  key: string;
  code: string;
  repeat: boolean;
  isComposing: boolean;
  keyCode: number;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

const kComposingKeyCode = 229;

/** While a word is composed the keys belong to the composing. Safari says that it is over before the key that ends it, and tells by its number. */
export const isComposing = ({ isComposing: isOn, keyCode }: Pick<Stroke, 'isComposing' | 'keyCode'>): boolean => isOn || keyCode === kComposingKeyCode;

export function actionOf(stroke: Stroke, circumstances: { on: boolean; writing: boolean }): Action | null {
  if (isComposing(stroke) || stroke.altKey || stroke.ctrlKey || stroke.metaKey || stroke.repeat) return null;
  if (stroke.key === 'Escape') return 'close';
  if (!circumstances.on || circumstances.writing) return null;
  return kShortcuts.find(({ letter }) => letter === letterOf(stroke))?.action ?? null;
}

/** Where the layout has other letters than Latin ones, the key that carries the letter elsewhere. */
function letterOf({ key, code }: Stroke): string {
  if (/^\p{Script=Latin}$/u.test(key)) return key.toLowerCase();
  // `Dead` and other names of keys are in ASCII.
  const isLetter = /^[\p{L}\p{M}]+$/u.test(key) && !/[ -~]/.test(key);
  return isLetter ? (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? '') : '';
}
