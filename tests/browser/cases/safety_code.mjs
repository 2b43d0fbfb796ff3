// The safety code between two browsers, and somebody who really stands between them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { GoBetween, grafted } from '../lib/go_between.mjs';
import { kIsLong } from '../lib/long.mjs';
import { withoutPath } from '../lib/lost.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { sentence } from '../lib/sentences.mjs';
import { choose, speaks } from './languages.mjs';
import { assertChat, assertLeaves, bothOpen, freshRoom, kPairs, unlikeInTurn } from './talk.mjs';

/** Three browsers and four connections are work enough where sound and picture are not what is looked at. */
const kWithoutMedia = ['media-none'];

/** Only browsers of one kind, that of the one in between included, make a call of double offers. */
const kAlike = ['chromium', 'chromium', 'chromium'];
const kAlikeFirefox = ['firefox', 'firefox', 'firefox'];

const isSealed = (body) => /^[\w-]+$/.test(body);

/** Pairs of the two whom somebody else stands between, with these every day. */
const besides = (...usual) => (kIsLong ? kPairs : usual).map((pair) => [...pair, 'chromium']);

/** By number, as the protocol has them. */
const kPictures = Array.from(
  readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8').matchAll(/\| (\d+) ([^\x00-\x7f]\S*) ([a-z][a-z ]*?) (?=\|)/g),
  ([, number, sign, name]) => ({ number: Number(number), sign, name }),
).sort((one, other) => one.number - other.number);

export function safetyCodeCases(scenario) {
  for (const pair of unlikeInTurn()) {
    scenario('the safety code is the same at both ends, in every form', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      const [one, two] = await bothRead(first, second);
      assert.deepEqual(one, two);
      assertOneNumber(one, 'en');
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

  for (const pair of kIsLong ? kPairs : [['firefox', 'chromium']]) {
    scenario('the safety code is one for a page in Arabic and one in English', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await choose(first, 'ar');
      await speaks(first, 'ar');
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: kWithoutMedia, tickSecond: kWithoutMedia });
      await bothAccept(first, second);
      const [one, two] = await bothRead(first, second);
      assertOneNumber(one, 'ar');
      assertOneNumber(two, 'en');
      const inCommon = ({ pictures, digits, fingers }) => ({ signs: pictures.map(({ sign }) => sign), digits, fingers });
      assert.deepEqual(inCommon(one), inCommon(two));
    });
  }

  for (const kinds of besides(['chromium', 'firefox'], ['firefox', 'firefox'])) {
    scenario('who stands between two strangers and passes everything on is seen: the codes differ', kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
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

  for (const kinds of kIsLong ? [kAlike, kAlikeFirefox] : [kAlike]) {
    scenario('who stands between two strangers by double offers of her own is seen: the codes differ', kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
      mallory.doubles = true;
      await meet('play', kWithoutMedia);
      await assertDoubled(first, second);
      await assertChat(first, second);
      const [one, two] = await bothRead(first, second);
      assert.notDeepEqual(one, two);
      assert.deepEqual(new Set(await mallory.inBetween(() => mallory.digits())), new Set([one, two].map(({ digits }) => digits)), 'who stands between knows both');
    }));
  }

  const kForged = { forward: 'forged', forge: 'forged', reflect: 'reflected', again: 'order', old: 'forged' };
  for (const [attack, why] of Object.entries(kForged)) {
    for (const kinds of besides(['chromium', 'firefox'])) {
      scenario(`commitments that are not the partner's own are refused: ${attack}`, kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
        await assertRefused({ mallory, meet, attack, why }, first, second);
      }));
    }
    for (const kinds of kIsLong ? [kAlike, kAlikeFirefox] : attack === 'forward' ? [kAlike] : []) {
      scenario(`commitments that are not the partner's own are refused with double offers as well: ${attack}`, kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
        mallory.doubles = true;
        await assertRefused({ mallory, meet, attack, why }, first, second);
        await assertDoubled(first, second);
      }));
    }
  }

  for (const kinds of besides(['chromium', 'firefox'])) {
    scenario('who offers another certificate before anything is sealed ends the call', kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
      const isAnswer = (text) => text.includes('"kind":"answer"');
      const forged = {};
      // Ready before the answer goes on: what comes right behind it comes long before the code.
      mallory.onPassing = async (text) => {
        if (isAnswer(text)) for (const seat of ['a', 'b']) forged[seat] = await mallory.standBy(seat);
      };
      mallory.onPassed = (_, text) => {
        if (!isAnswer(text)) return;
        // To both, since one of them makes all later offers itself and passes over any other.
        const { sdp } = JSON.parse(text);
        for (const seat of ['a', 'b']) mallory.inject(seat, { kind: 'offer', sdp: grafted(sdp, forged[seat]), round: 1, renewed: false });
      };
      await meet('nothing', kWithoutMedia, async () => {
        await Promise.all([first, second].map((person) => person.state('ended')));
      });
      const reasons = await Promise.all([first, second].map(async (person) => (await person.attributes()).reason));
      assert.ok(reasons.includes('fingerprint'), `${reasons}`);
      assert.deepEqual(await mallory.inBetween(() => mallory.connected()), [], 'and nobody is connected to the one in between');
    }));
  }

  for (const kinds of besides(['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox'])) {
    scenario('nobody enters a call during a restart of ICE', kinds, (server, first, second, third) => between(server, first, second, third, async (mallory, meet) => {
      await meet('nothing', kWithoutMedia);
      await Promise.all([first, second].map((person) => person.attribute('safety', 'code')));
      const [one] = await bothRead(first, second);
      for (const person of [first, second]) await person.press('code-dialog-close');
      const own = await Promise.all([first, second].map((person) => person.page.evaluate(() => visavis.pc.localDescription.sdp)));
      const heardBefore = await Promise.all([first, second].map(heard));
      const standing = { a: await mallory.standBy('a'), b: await mallory.standBy('b') };
      const forge = () => {
        for (const seat of ['a', 'b']) {
          for (const sdp of own) {
            // Somebody else's certificate, and the partner's own with somebody else's way.
            for (const forged of [grafted(sdp, standing[seat]), sdp.replace(/a=ice-ufrag:\S+/g, 'a=ice-ufrag:evil')]) {
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
        const others = Object.values(standing);
        assert.deepEqual(['evil', ...others.map(({ ufrag }) => ufrag)].filter((ufrag) => remoteDescription.includes(`a=ice-ufrag:${ufrag}`)), []);
        const ports = others.flatMap(({ candidates }) => candidates.map((line) => line.split(' ')).filter(([, , transport]) => transport === 'udp').map((words) => words[5]));
        assert.ok(ports.length > 0);
        assert.deepEqual((await remotePorts(person)).filter((port) => ports.includes(port)), [], `${person.name} knows no way to who stands by`);
        assert.equal((await person.attributes()).state, 'connected');
      }
      assert.equal((await answers()), 1, 'no restart but the one that was asked for');
      await assertChat(first, second);
      const again = await bothRead(first, second);
      assert.deepEqual(again, [one, one]);
    }));
  }
}

async function assertRefused({ mallory, meet, attack, why }, first, second) {
  if (attack === 'old') await hadOneBefore(mallory, meet, first, second);
  await meet(attack, kWithoutMedia);
  for (const person of [first, second]) {
    await person.attribute('safety', 'refused');
    assert.equal((await person.attributes()).safetyWhy, why);
    assert.match(await person.text('code-warning'), /Somebody may be listening in/);
  }
  // It stays so, and the call goes on: nothing is tried a second time.
  await assertChat(first, second);
  for (const person of [first, second]) assert.equal((await person.attributes()).safety, 'refused');
}

/** Each has taken an offer for the answer to its own: nobody has answered, and nobody was to. */
async function assertDoubled(...people) {
  for (const person of people) {
    assert.deepEqual(await person.told('answer'), [], `${person.name} answers nothing`);
    const bodies = await heard(person);
    assert.deepEqual(bodies.filter((body) => body.kind === 'answer'), [], `${person.name} is answered nothing`);
    assert.equal(await person.page.evaluate(() => visavis.pc.remoteDescription.type), 'answer', person.name);
  }
}

const heard = (person) => person.page.evaluate(() => visavis.bodies.filter(({ way }) => way === 'in').map(({ body }) => body));

/** Two people at a page that comes from a server in between, whose connections the third holds. `meet(attack, tick)` connects them, with these choices made before. */
async function between(server, first, second, third, body) {
  const mallory = await GoBetween.before(server, third.page);
  try {
    await bothOpen(mallory, first, second);
    await body(mallory, async (attack, tick = [], accepted = () => Promise.all([first.state('connected'), second.state('connected')])) => {
      mallory.attack = attack;
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: tick, tickSecond: tick });
      await Promise.all([first.press('accept'), second.press('accept')]);
      await accepted();
    });
  } finally {
    await mallory.close();
  }
}

/** The two have met before, with the same one between them, and are there anew. */
async function hadOneBefore(mallory, meet, first, second) {
  await meet('play', kWithoutMedia);
  await Promise.all([first, second].map((person) => person.attribute('safety', 'code')));
  await assertLeaves(first, second);
  await mallory.inBetween(() => mallory.leave());
  await bothOpen(mallory, first, second);
}

/** Of every candidate of the partner that this browser has ever heard of. */
function remotePorts(person) {
  return person.page.evaluate(async () => [...(await visavis.pc.getStats()).values()].filter(({ type }) => type === 'remote-candidate').map(({ port }) => String(port)));
}

function standing(person, wanted) {
  return until(`${person.name}: the code is ${wanted}`, () =>
    person.page.evaluate((is) => document.querySelector('[data-testid="code-standing"]')?.dataset.standing === is, wanted));
}

/** Both open the code and read it. */
export function bothRead(...people) {
  return Promise.all(people.map(async (person) => {
    await person.attribute('safety', 'code');
    await person.showControls();
    await person.press('path-badge');
    await person.press('code-open');
    await standing(person, 'open');
    const list = (name) => person.page.evaluate((id) => [...document.querySelectorAll(`[data-testid="${id}"] li`)].map((item) => item.innerText.trim()), name);
    const pictures = await person.page.evaluate(() =>
      [...document.querySelectorAll('[data-testid="code-pictures"] li')].map((item) => {
        const sign = item.querySelector('.code-sign').textContent;
        return { sign, name: item.textContent.replace(sign, '').trim() };
      }),
    );
    const fingers = (await list('code-fingers')).map((count) => Number(plainDigits(count)));
    return { pictures, digits: plainDigits(await person.text('code-digits')), fingers };
  }));
}

/** The digits of a text, in whichever script, without what stands between them. */
function plainDigits(text) {
  const kArabicZero = 0x0660;
  return [...text].filter((letter) => /\p{Nd}/u.test(letter)).map((digit) => (digit >= '٠' && digit <= '٩' ? digit.codePointAt(0) - kArabicZero : digit)).join('');
}

/** What is shown as digits is shown as fingers and pictures too, each of which the page in that language names. */
function assertOneNumber({ pictures, digits, fingers }, tag) {
  assert.match(digits, /^\d{8}$/);
  const number = Number(digits);
  assert.equal(fingers.length, 8);
  assert.equal(fingers.reduce((sum, count) => sum * 8 + count - 1, 0), number);
  assert.equal(kPictures.length, 64);
  const wanted = [18, 12, 6, 0].map((bits) => kPictures[(number >> bits) & 63]);
  assert.deepEqual(pictures, wanted.map(({ sign, name }) => ({ sign, name: sentence(`picture.${name.replaceAll(' ', '_')}`, {}, tag) })));
  if (tag === 'en') assert.deepEqual(pictures.map(({ name }) => name.toLowerCase()), wanted.map(({ name }) => name));
}
