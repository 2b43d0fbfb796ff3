// The safety code between two browsers, and somebody who really stands between them.
import assert from 'node:assert/strict';
import { GoBetween, foreignOffer } from '../lib/go_between.mjs';
import { withoutPath } from '../lib/lost.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertChat, assertLeaves, bothOpen, freshRoom, kUnlike } from './talk.mjs';

/** Three browsers and four connections are work enough where sound and picture are not what is looked at. */
const kWithoutMedia = ['media-none'];

const isSealed = (body) => /^[\w-]+$/.test(body);

export function safetyCodeCases(scenario) {
  for (const pair of kUnlike) {
    scenario('the safety code is the same at both ends, in every form', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      const [one, two] = await bothRead(first, second);
      assert.deepEqual(one, two);
      assertOneNumber(one);
      for (const person of [first, second]) {
        await person.press('code-same');
        await standing(person, 'same');
        await person.press('code-done');
        assert.equal(await person.has('code-warning'), false);
      }
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);

      // From here on what the two tell each other through the server is sealed; a restart of ICE is told that way.
      const before = await Promise.all([first, second].map(async (person) => (await person.sent('relay')).length));
      const answers = async () => (await Promise.all([first.told('answer'), second.told('answer')])).flat().filter(({ round }) => round > 0).length;
      await withoutPath(second, () => until('a restart is answered', async () => (await answers()) > 0));
      for (const [at, person] of [first, second].entries()) {
        const bodies = await until(`${person.name} has sent something`, async () => {
          const sent = (await person.sent('relay')).slice(before[at]);
          return sent.length > 0 && sent.map(({ body }) => body);
        });
        assert.ok(bodies.every(isSealed), `${person.name} seals: ${bodies.map((body) => body.slice(0, 30))}`);
      }
      await assertChat(first, second);
      await assertLeaves(first, second);
    });
  }

  scenario('a private call has a safety code too', ['chromium', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first);
    await meetByLink(first, second);
    const [one, two] = await bothRead(first, second);
    assert.deepEqual(one, two);
    for (const person of [first, second]) await person.press('code-dialog-close');
    await assertLeaves(first, second);
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'firefox']]) {
    scenario('who stands between two strangers and passes everything on is seen: the codes differ', [...pair, 'chromium'], (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
      await meet('play');
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await assertChat(first, second);
      const [one, two] = await bothRead(first, second);
      assert.notDeepEqual(one, two);
      assert.deepEqual(new Set(await mallory.inBetween(() => mallory.digits())), new Set([one, two].map(({ digits }) => digits)), 'who stands between knows both');
      await first.press('code-differs');
      await standing(first, 'differs');
      assert.equal(await first.has('code-leave'), true);
      await first.press('code-dialog-close');
      assert.match(await first.text('code-warning'), /Somebody may be listening in/);
      await first.press('code-warning-leave');
      await first.state('ended');
    }));
  }

  const kForged = [['forward', 'forged'], ['forge', 'forged'], ['reflect', 'reflected'], ['again', 'order']];
  for (const [attack, why] of kForged) {
    scenario(`commitments that are not the partner's own are refused: ${attack}`, ['chromium', 'firefox', 'chromium'], (server, first, second, third) => between(server, first, second, third, async (_, meet) => {
      await meet(attack, kWithoutMedia);
      for (const person of [first, second]) {
        await person.attribute('safety', 'refused');
        assert.match(await person.text('code-warning'), /Somebody may be listening in/);
      }
      // It stays so, and the call goes on: nothing is tried a second time.
      await assertChat(first, second);
      for (const person of [first, second]) assert.equal((await person.attributes()).safety, 'refused', why);
    }));
  }

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']]) {
    scenario('nobody enters a call during a restart of ICE', [...pair, 'chromium'], (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
      await meet('nothing', kWithoutMedia);
      await Promise.all([first, second].map((person) => person.attribute('safety', 'code')));
      const [one] = await bothRead(first, second);
      for (const person of [first, second]) await person.press('code-dialog-close');
      const own = await Promise.all([first, second].map((person) => person.page.evaluate(() => visavis.pc.localDescription.sdp)));
      const heardBefore = await Promise.all([first, second].map(heard));
      const forge = () => {
        for (const seat of ['a', 'b']) {
          for (const sdp of own) {
            // Somebody else's certificate, and the partner's own with somebody else's way.
            for (const forged of [foreignOffer(sdp), sdp.replace(/a=ice-ufrag:\S+/g, 'a=ice-ufrag:evil')]) {
              mallory.inject(seat, { kind: 'offer', sdp: forged, round: 1 });
              mallory.inject(seat, { kind: 'answer', sdp: forged, round: 1 });
            }
          }
          mallory.inject(seat, { kind: 'offer_wanted', restart: true, round: 0 });
          mallory.inject(seat, { kind: 'candidates', list: [{ candidate: 'candidate:1 1 udp 1 203.0.113.66 4000 typ host', sdpMid: '0', sdpMLineIndex: 0 }], end: true });
          // What has been heard once, again.
          for (const { body } of mallory.bodies.slice()) mallory.inject(seat, body);
        }
      };
      forge();
      const answers = async () => (await Promise.all([first.told('answer'), second.told('answer')])).flat().filter(({ round }) => round > 0).length;
      await withoutPath(second, async () => {
        forge();
        await until('the restart is answered', async () => (await answers()) > 0);
        forge();
      });
      for (const [at, person] of [first, second].entries()) {
        const text = JSON.stringify((await heard(person)).slice(heardBefore[at].length));
        assert.ok(!text.includes('evil') && !text.includes('203.0.113.66'), `${person.name} hears nothing of it`);
        const { remoteDescription } = await person.page.evaluate(() => ({ remoteDescription: visavis.pc.remoteDescription.sdp }));
        assert.ok(!remoteDescription.includes('evil'));
        assert.equal((await person.attributes()).state, 'connected');
      }
      assert.equal((await answers()), 1, 'no restart but the one that was asked for');
      await assertChat(first, second);
      const again = await bothRead(first, second);
      assert.deepEqual(again, [one, one]);
    }));
  }
}

const heard = (person) => person.page.evaluate(() => visavis.bodies.filter(({ way }) => way === 'in').map(({ body }) => body));

/** Two people at a page that comes from a server in between, whose connections the third holds. `meet(attack, tick)` connects them, with these choices made before. */
async function between(server, first, second, third, body) {
  const mallory = await GoBetween.before(server, third.page);
  try {
    await bothOpen(mallory, first, second);
    await body(mallory, async (attack, tick = []) => {
      mallory.attack = attack;
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: tick, tickSecond: tick });
      await bothAccept(first, second);
    });
  } finally {
    await mallory.close();
  }
}

function standing(person, wanted) {
  return until(`${person.name}: the code is ${wanted}`, () =>
    person.page.evaluate((is) => document.querySelector('[data-testid="code-standing"]')?.dataset.standing === is, wanted));
}

/** Both open the code and read it. */
function bothRead(...people) {
  return Promise.all(people.map(async (person) => {
    await person.attribute('safety', 'code');
    await person.showControls();
    await person.press('path-badge');
    await person.press('code-open');
    await standing(person, 'open');
    const list = (name) => person.page.evaluate((id) => [...document.querySelectorAll(`[data-testid="${id}"] li`)].map((item) => item.innerText.trim()), name);
    const digits = (await person.text('code-digits')).replace(/\s/g, '');
    return { pictures: await list('code-pictures'), digits, fingers: (await list('code-fingers')).map(Number) };
  }));
}

/** What is shown as digits is shown as fingers and pictures too. */
function assertOneNumber({ pictures, digits, fingers }) {
  assert.match(digits, /^\d{8}$/);
  assert.equal(pictures.length, 4);
  assert.equal(fingers.reduce((number, count) => number * 8 + count - 1, 0), Number(digits));
}
