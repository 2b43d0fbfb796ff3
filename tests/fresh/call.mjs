// Two people at the address that ./dev serve has printed, in two browsers: a call in a room, by nothing but the page.
//   node tests/fresh/call.mjs http://localhost:8080
import { LocalBrowser } from '../browser/lib/browser.mjs';
import { bothAccept, meetAtCard, Person } from '../browser/lib/person.mjs';
import { assertLeaves, assertTalk, bothOpen, freshRoom } from '../browser/cases/talk.mjs';

const server = { origin: new URL(process.argv[2]).origin };
const browsers = await Promise.all(['chromium', 'firefox'].map((kind) => LocalBrowser.start(kind)));
try {
  const [first, second] = await Promise.all(browsers.map((browser, seat) => Person.at(browser, `person ${seat + 1}`)));
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await assertTalk(first, second, 'direct');
  await assertLeaves(first, second);
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}
