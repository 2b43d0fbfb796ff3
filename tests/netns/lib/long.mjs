export { kIsLong } from '../../browser/lib/long.mjs';
