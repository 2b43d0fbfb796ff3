// The story of a call in the form in which a page saves it: shown where there is no call to tell of. To take another, save one and put it in
// the place of example.json (a browser case keeps one where VISAVIS_KEEP_MADE says); its test says whether it can be read.

import type { SavedCall } from '../../../core/made_file.ts';
import example from './example.json';

export const kExample = example as unknown as SavedCall;
