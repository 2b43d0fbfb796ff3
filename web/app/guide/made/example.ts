// The story of a call, as a page has saved it: shown where there is no call to tell of. To take another, save one and put it in the place of
// example.json; its test says whether it can be read.

import type { SavedCall } from '../../../core/made_file.ts';
import example from './example.json';

export const kExample = example as unknown as SavedCall;
