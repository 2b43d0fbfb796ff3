// The pictures of screens in their folder: NAME.LANGUAGE-SIZE-THEME.png, and -whole.png for what does not fit the window.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const kPicture = /^(?<name>[a-z-]+)\.(?<variant>[a-z]+-[a-z]+-[a-z]+?)(?<whole>-whole)?\.png$/;

/** `only`: names of screens, each with those that begin with it and a hyphen; null is all. */
export const isWanted = (only, name) => only === null || only.some((part) => name === part || name.startsWith(`${part}-`));

/** Takes away what is about to be taken anew, and what a run that got stuck has left: older pictures of other variants stay. */
export function clearPictures(folder, variants, only) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    const { name, variant } = kPicture.exec(file)?.groups ?? {};
    const isAnew = name !== undefined && variants.includes(variant) && isWanted(only, name);
    if (isAnew || file.startsWith('stuck-')) rmSync(path.join(folder, file));
  }
}

/** Every screen there is a picture of. @param {{name: string, variant: string}[]} first those that come first, in their order */
export function picturesIn(folder, first) {
  const known = new Set(first.map(({ name, variant }) => `${name}.${variant}`));
  const others = readdirSync(folder).sort().flatMap((file) => {
    const found = kPicture.exec(file)?.groups;
    if (!found || found.whole || known.has(`${found.name}.${found.variant}`)) return [];
    return [{ name: found.name, variant: found.variant }];
  });
  return [...first, ...others];
}
