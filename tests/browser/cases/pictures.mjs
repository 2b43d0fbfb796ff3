// The folder of pictures, without a browser (screens.mjs fills it), and where time allows the walk that fills it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kIsLong } from '../lib/long.mjs';
import { clearPictures, picturesIn } from '../lib/pictures.mjs';

const kScreens = fileURLToPath(new URL('../screens.mjs', import.meta.url));
const kWalkLimit = 600_000; // ms; for one language in both colour schemes

export function pictureCases() {
  for (const language of kIsLong ? ['en', 'ar'] : []) {
    it(`every screen is come by and taken as a picture, light and dark: ${language}`, { timeout: kWalkLimit }, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [kScreens, '--lang', language, '--size', 'phone']);
      for (const theme of ['light', 'dark']) assert.match(stdout, new RegExp(`^${language}-phone-${theme}: done`, 'm'));
    });
  }

  it('a run that takes some pictures leaves the others', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'visavis-pictures-'));
    try {
      const files = [
        'home.en-phone-light.png', 'home.en-phone-light-whole.png', 'home.ar-phone-light.png', 'home-all.ar-phone-light.png',
        'call.ar-phone-light.png', 'index.html', 'stuck-1.png',
      ];
      for (const file of files) writeFileSync(path.join(folder, file), '');
      clearPictures(folder, ['ar-phone-light'], ['home']);
      const kept = ['call.ar-phone-light.png', 'home.en-phone-light-whole.png', 'home.en-phone-light.png', 'index.html'];
      assert.deepEqual(readdirSync(folder).sort(), kept);
      const taken = [{ name: 'home', variant: 'ar-phone-light' }, { name: 'call', variant: 'ar-phone-light' }];
      assert.deepEqual(picturesIn(folder, taken), [...taken, { name: 'home', variant: 'en-phone-light' }]);
      clearPictures(folder, ['en-phone-light', 'ar-phone-light'], null);
      assert.deepEqual(readdirSync(folder), ['index.html']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
