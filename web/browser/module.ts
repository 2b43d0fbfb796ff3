// What `npm run build` writes as one file, for any page to import: core, and what it needs of a browser.

export * from '../core/index.ts';
export * from './index.ts';
