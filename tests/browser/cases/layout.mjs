// Windows of other sizes: everything can be seen whole and pressed, nothing lies over it.
import assert from 'node:assert/strict';
import { kIsLong } from '../lib/long.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { listSpareCamera } from '../lib/seldom.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kSizes = [
  { width: 1280, height: 800 },
  { width: 800, height: 600 },
  { width: 844, height: 390 },
  { width: 390, height: 844 },
  { width: 320, height: 568 },
];

const kOneColumn = 700; // pixels, about

const wear = (person, size) => person.page.wear({ ...size, isDark: false, isPhone: false });

/**
 * Runs in the page: what a person can press or choose and a press would not reach, and whether the page is wider than its window.
 * `mayScroll`: once it is scrolled to; else as far as it is in view.
 */
function unreached(mayScroll) {
  const found = [];
  for (const control of document.querySelectorAll(':is(button, select, input, a[href]):not(.skip, :disabled)')) {
    if (mayScroll) control.scrollIntoView({ block: 'nearest' });
    const { left, top, width, height } = control.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    if (width === 0 || (!mayScroll && y >= innerHeight - 1)) continue;
    const there = document.elementFromPoint(x, y);
    const isReached = there !== null && (control.contains(there) || there.closest('label')?.contains(control));
    if (!isReached) found.push(`${control.dataset.testid}: ${there?.className || there?.tagName} is at ${Math.round(x)}, ${Math.round(y)}`);
  }
  scrollTo(0, 0);
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than its window');
  return found;
}

async function assertReached(person, size, screen) {
  const where = `${screen} at ${size.width} by ${size.height}`;
  assert.deepEqual(await person.page.evaluate(unreached, true), [], where);
  // In one column of a high window the way on stays above what scrolls.
  if (size.width > kOneColumn) assert.deepEqual(await person.page.evaluate(unreached, false), [], `${where}, not scrolled`);
}

const kPhone = { width: 390, height: 844 };
const kDesk = { width: 1280, height: 800 };

/**
 * Runs in the page before its own code: keeps where the controls of the screen before the call lie, at every frame in which one of them lies
 * elsewhere than before. `asks`: the browser would ask the person. `isUpright`: so is the camera. There is a second one.
 */
function followControls({ asks, isUpright }) {
  if (!navigator.mediaDevices) return;
  Permissions.prototype.query = async () => Object.assign(new EventTarget(), { state: asks ? 'prompt' : 'granted' });
  const devices = MediaDevices.prototype;
  const { getUserMedia } = devices;
  devices.getUserMedia = async function (constraints) {
    const stream = await getUserMedia.call(this, constraints);
    if (!isUpright || !constraints.video) return stream;
    const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 640 });
    const brush = canvas.getContext('2d');
    setInterval(() => brush.fillRect(0, 0, 480, 640), 50);
    for (const track of stream.getVideoTracks()) {
      track.stop();
      stream.removeTrack(track);
    }
    stream.addTrack(canvas.captureStream().getVideoTracks()[0]);
    return stream;
  };
  const places = {};
  window.vvMoves = [];
  window.vvPlaces = places;
  const look = () => {
    requestAnimationFrame(look);
    for (const control of document.querySelectorAll('[data-testid=screen-ready] :is(button, input, select, video)')) {
      const { left, top } = control.getBoundingClientRect();
      const name = control.dataset.testid;
      const place = `${Math.round(left + scrollX)}, ${Math.round(top + scrollY)}`;
      if (name in places && places[name] !== place) window.vvMoves.push(`${name} from ${places[name]} to ${place}`);
      places[name] = place;
    }
  };
  requestAnimationFrame(look);
}

export function layoutCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    for (const [where, size] of [['on a phone', kPhone], ['at a desk', kDesk]]) {
      for (const asks of kIsLong ? [true, false] : [size === kPhone]) {
        const when = asks ? 'after the browser has asked' : 'by itself';
        scenario(`nothing on the screen before the call moves while the preview comes ${when}, ${where}`, [kind], async (server, one) => {
          // Firefox cannot be given a finger in place of a mouse.
          if (kind === 'chromium') await one.page.wear({ ...size, isDark: false, isPhone: size === kPhone });
          else await one.page.resize(size);
          await one.page.beforeLoad(followControls, { asks, isUpright: asks });
          await one.page.beforeLoad(listSpareCamera);
          await bothOpen(server, one);
          await one.chooseRoom(await freshRoom(one));
          if (asks) {
            await until('the question', () => one.has('ask-now'));
            await one.press('ask-now');
          }
          await until('the preview', () => one.page.evaluate(() => document.querySelector('[data-testid=preview]').videoWidth > 0));
          await until('the way to the other camera', () => one.has('switch-camera'));
          await until('the meter', () => one.has('level'));
          const { moves, places } = await one.page.evaluate(async () => {
            for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
            return { moves: vvMoves, places: Object.keys(vvPlaces) };
          });
          for (const name of ['media-video', 'meet-instant', 'hide-address', 'start', 'mute', 'preview', 'device-camera', 'device-microphone']) {
            assert.ok(places.includes(name), `${name} was looked at`);
          }
          assert.deepEqual(moves, []);
        });
      }
    }
  }

  scenario('what a press does not reach is found out', ['chromium'], async (server, one) => {
    await one.open(`${server.origin}/`);
    await until('rooms', () => one.has('rooms'));
    assert.deepEqual(await one.page.evaluate(unreached, true), []);
    await one.page.evaluate(() => {
      const button = (name) => document.querySelector(`[data-testid=${name}]`);
      button('private-new').style.pointerEvents = 'none';
      button('rooms-all').parentElement.style.clipPath = 'inset(100%)';
    });
    const found = await one.page.evaluate(unreached, true);
    for (const name of ['private-new', 'rooms-all']) assert.ok(found.some((each) => each.startsWith(`${name}: `)), `${name} in ${JSON.stringify(found)}`);
  });

  scenario('before the call everything can be reached in windows of any size', ['chromium'], async (server, one) => {
    await bothOpen(server, one);
    await one.page.evaluate(listSpareCamera);
    await one.chooseRoom(await freshRoom(one));
    if (await one.has('ask-now')) await one.press('ask-now');
    await until('the devices', () => one.has('device-camera'));
    await until('the way to the other camera', () => one.has('switch-camera'));
    for (const size of kSizes) {
      await wear(one, size);
      await assertReached(one, size, 'before the call');
    }
    await wear(one, { width: 844, height: 390 });
    await one.start();
    await one.state('waiting');
    const { bottom } = await one.page.evaluate(() => document.querySelector('[data-testid="waiting-cancel"]').getBoundingClientRect().toJSON());
    assert.ok(bottom <= 390, 'how to stop is in view on a phone that lies on its side');
    for (const size of kSizes) {
      await wear(one, size);
      await assertReached(one, size, 'waiting');
    }
  });

  scenario('no page is wider than the smallest phone, in any language', ['chromium'], async (server, one) => {
    const isWide = () => one.page.evaluate(() => document.documentElement.scrollWidth > innerWidth && document.documentElement.scrollWidth);
    const smallest = kSizes.at(-1);
    await wear(one, smallest);
    for (const tag of ['en', 'ar', 'ta']) {
      for (const [path, screen] of [['/', 'rooms'], ['/how', 'screen-how'], ['/server', 'ledger'], ['/made', 'made-file'], ['/trouble', 'screen-trouble']]) {
        await one.open(`${server.origin}${path}?lang=${tag}`);
        await until(`${path} in ${tag}`, () => one.has(screen));
        assert.equal(await isWide(), false, `${path} in ${tag}`);
      }
      await one.open(`${server.origin}/?lang=${tag}`);
      const top = () => one.page.evaluate(() => document.querySelector('.top').getBoundingClientRect().height);
      assert.ok((await top()) < 70, `the head of the page in ${tag} is one row`);
      await one.press('private-new');
      await until('the link', () => one.has('private-link'));
      await one.press('private-qr');
      await until('the code', () => one.has('private-code'));
      assert.equal(await isWide(), false, `the link in ${tag}`);
    }
  });

  scenario('a note in a low call can be pressed', ['chromium', 'chromium'], async (server, first, second) => {
    await bothOpen(server, first, second);
    await wear(first, { width: 844, height: 390 });
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await first.press('share');
    await until('the note', () => first.has('sharing'));
    await first.press('share-stop');
    await until('it has ended', async () => !(await first.has('sharing')));
  });

  for (const kind of ['chromium', 'firefox']) {
    scenario('notes over a low call in large letters can be read whole', [kind, 'chromium'], async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await first.page.evaluate(() => {
        MediaDevices.prototype.getDisplayMedia = async () => document.createElement('canvas').captureStream(5);
      });
      await first.press('share');
      await until('the note about the screen', () => first.has('sharing'));
      await first.page.evaluate(() => {
        Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('test'));
      });
      await first.press('more');
      await first.press('fullscreen');
      await until('the note about full screen', () => first.has('stage-refused'));
      await first.page.evaluate(() => void (document.documentElement.style.fontSize = '200%'));
      for (const size of [{ width: 844, height: 390 }, { width: 500, height: 330 }, { width: 390, height: 664 }]) {
        await first.page.resize(size);
        const wrong = await first.page.evaluate(async () => {
          await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
          const found = [];
          const notes = document.querySelector('.call-notes');
          for (const note of notes.querySelectorAll('.note, .pill')) {
            const name = note.dataset.testid;
            if (note.scrollHeight > note.clientHeight + 1) found.push(`${name}: cut off at ${note.clientHeight} of ${note.scrollHeight}`);
            for (const [block, side] of [['end', 'bottom'], ['start', 'top']]) {
              note.scrollIntoView({ block });
              const room = notes.getBoundingClientRect();
              const at = note.getBoundingClientRect()[side];
              if (at < room.top - 1 || at > room.bottom + 1) found.push(`${name}: its ${side} at ${at} is not within ${room.top} to ${room.bottom}`);
            }
          }
          return found;
        });
        assert.deepEqual(wrong, [], `at ${size.width} by ${size.height}`);
      }
      await first.press('stage-refused-close');
      await first.press('share-stop');
    });
  }
}
