// libwebrtc in Node, asked in lines of JSON on standard input (ends.mjs).
import readline from 'node:readline';
import wrtc from '@roamhq/wrtc';
import { installEnd } from './rtc_end.mjs';
import { makeSigns } from './signs.mjs';
import { makeTracks, watch } from './wrtc_media.mjs';

const kLook = 10; // ms, for what it has to say

const scope = { setInterval, ...wrtc, instead: { makeTracks, watch } };
installEnd(scope, makeSigns());
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const listening = setInterval(() => scope.theEnd.drain().forEach(tell), kLook);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { number, method, argument } = JSON.parse(line);
  try {
    const result = (await scope.theEnd[method](argument)) ?? null;
    scope.theEnd.drain().forEach(tell);
    tell({ answers: number, result });
  } catch (error) {
    tell({ answers: number, fault: `${error}` });
  }
}
clearInterval(listening);
process.exit(0); // its threads go on otherwise
