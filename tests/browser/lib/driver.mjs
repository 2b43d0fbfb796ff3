// Drives one browser for a parent in another network namespace: `ip netns exec NS node driver.mjs KIND OPTIONS`.
// One JSON request {id, page, op, args} a line on stdin, one JSON answer {id, value | error} a line on stdout.
import readline from 'node:readline';
import { LocalBrowser } from './browser.mjs';

const [kind, options] = process.argv.slice(2);
const browser = await LocalBrowser.start(kind, JSON.parse(options ?? '{}'));
const pages = new Map();
let nextPage = 1;

async function perform({ page, op, args }) {
  if (op === 'open') {
    pages.set(nextPage, await browser.openPage(...args));
    return nextPage++;
  }
  const value = await pages.get(page)[op](...args);
  if (op === 'close') pages.delete(page);
  return value;
}

function answer(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

answer({ id: 0, value: 'ready' });
for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  perform(request).then(
    (value) => answer({ id: request.id, value: request.op === 'screenshot' ? null : (value ?? null) }),
    (error) => answer({ id: request.id, error: error.stack ?? String(error) }),
  );
}
await browser.close();
