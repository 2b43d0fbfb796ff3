// Direct where hole punching can work, relayed where it cannot, whichever browsers meet.
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { assertTalk, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';

// What RFC 5128 §3 and measurements say: a symmetric NAT meets only endpoints that answer to any port of its address.
const kExpected = {
  'full full': 'direct', 'full addr': 'direct', 'full port': 'direct', 'full sym': 'direct',
  'addr addr': 'direct', 'addr port': 'direct', 'addr sym': 'direct',
  'port port': 'direct', 'port sym': 'relayed', 'sym sym': 'relayed',
  'open port': 'direct', 'open sym': 'direct',
};

const kUsual = {
  'chromium chromium': ['full full', 'addr sym', 'port port', 'port sym', 'sym sym'],
  'firefox firefox': ['addr port', 'port port', 'port sym', 'sym sym'],
  'chromium firefox': ['port port', 'full sym', 'sym sym'],
  'firefox chromium': ['port port', 'full sym', 'port sym'],
};

export function pathCases(scenario) {
  for (const kinds of kPairs) {
    const routers = process.env.FULL ? Object.keys(kExpected) : kUsual[kinds.join(' ')];
    for (const pair of routers) {
      const path = kExpected[pair];
      scenario(`a ${path} call`, kinds, pair.split(' '), async ({ server }, first, second) => {
        await bothOpen(server, first, second);
        await meetAtCard(first, second, await freshRoom(first));
        await bothAccept(first, second);
        await assertTalk(first, second, path);
      });
    }
  }
}
