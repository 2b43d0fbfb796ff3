// What a call says of itself while it goes on, looked at as accessibility.mjs looks at the rest.
import { eachHint } from '../lib/hints.mjs';
import { kIsLong } from '../lib/long.mjs';
import { holdControls, kEverything, kOfLanguages, Looking, readsIn } from '../lib/looking.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kAll = ['en', 'ar', 'ta'].flatMap((tag) => ['chromium', 'firefox'].map((kind) => [tag, kind]));

export function hintLookCases(scenario) {
  for (const [tag, kind] of kIsLong ? kAll : []) {
    scenario(`what a call says of itself is for everybody who reads it in ${tag}`, [kind, 'chromium'], async (server, first, second) => {
      await readsIn(first, tag);
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await first.seesAndHears();
      const looking = new Looking(first, tag === 'en' ? kEverything : kOfLanguages);
      await eachHint(first, second, async (name) => {
        await holdControls(first);
        await looking.at(name);
      });
      looking.assertGood();
    });
  }
}
