// The folder of pictures, without a browser (screens.mjs fills it).
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { clearPictures, picturesIn } from '../lib/pictures.mjs';

export function pictureCases() {
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
