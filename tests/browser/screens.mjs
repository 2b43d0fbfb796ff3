// Takes pictures of every screen of the page, for whoever changes how it looks: in each language, light and dark, on a phone and on a
// desk. Two people make a real call for each of these. It tests nothing; it fails when a screen cannot be reached.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LocalBrowser } from './lib/browser.mjs';
import { contactSheet } from './lib/contact_sheet.mjs';
import { Person } from './lib/person.mjs';
import { clearPictures, isWanted, picturesIn } from './lib/pictures.mjs';
import { Server } from './lib/server.mjs';
import { SignalingClient } from './lib/signaling_client.mjs';
import { tour } from './lib/tour.mjs';

const kOut = fileURLToPath(new URL('../../build/screens/', import.meta.url));
const kLanguages = ['en', 'ar', 'ta'];
const kThemes = ['light', 'dark'];
const kSizes = {
  phone: { width: 390, height: 844, isPhone: true },
  desk: { width: 1280, height: 800, isPhone: false },
  // Not among those that are taken unless they are asked for.
  narrow: { width: 320, height: 568, isPhone: true },
  lying: { width: 844, height: 390, isPhone: true },
  low: { width: 800, height: 600, isPhone: false },
};
const kUsualSizes = ['phone', 'desk'];
/** People who wait in other rooms, so that the start is not empty; they want what none of them has, and so are not introduced. */
const kWaiting = ['ta', 'ta', 'ta', 'es', 'ar'];
const kRooms = [
  '--rooms-contact', 'hello@example.org',
  '--rooms-rules', 'Be kind.\nNo advertising.\nThis server is run by a small club; who misbehaves is shown out.',
];

/** A page that is longer than its window is taken whole as well, and of a dialog that is its end. */
const kWholeFrom = 1.05;

const kUsage = `./dev screens [--lang en,ar,ta] [--theme light,dark] [--size ${Object.keys(kSizes)}] [--only NAME,...]
Sizes are ${kUsualSizes} unless they are named. --only call takes call and call-chat, and so on.
Pictures that are not taken anew stay where they are.`;

function readOptions() {
  const list = { type: 'string' };
  const { values } = parseArgs({ options: { lang: list, theme: list, size: list, only: list, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(kUsage);
    process.exit(0);
  }
  const chosen = (text, all, usual = all) => {
    const names = text?.split(',') ?? usual;
    const wrong = names.find((name) => !all.includes(name));
    if (wrong !== undefined) throw new Error(`'${wrong}' is none of ${all.join(', ')}`);
    return names;
  };
  return {
    languages: chosen(values.lang, kLanguages),
    themes: chosen(values.theme, kThemes),
    sizes: chosen(values.size, Object.keys(kSizes), kUsualSizes),
    only: values.only?.split(',') ?? null,
  };
}

async function takePicture(person, size, isDark, file) {
  // What comes late, such as the word that the server is away, has come; letters and pictures are there.
  await person.page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished.catch(() => {})));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
  await person.page.screenshot(`${file}.png`);
  const { whole, isDialog } = await person.page.evaluate(() => {
    const parts = [...document.querySelectorAll('dialog[open], dialog[open] .sheet-body')];
    for (const part of parts) part.scrollTop = part.scrollHeight;
    return { whole: parts[0] ? 0 : document.documentElement.scrollHeight, isDialog: parts.some(({ scrollTop }) => scrollTop > 0) };
  });
  if (isDialog) return person.page.screenshot(`${file}-whole.png`);
  if (whole < size.height * kWholeFrom) return;
  await person.page.wear({ ...size, height: whole, isDark });
  await person.page.screenshot(`${file}-whole.png`);
  await person.page.wear({ ...size, isDark });
}

async function main() {
  const { languages, themes, sizes, only } = readOptions();
  const started = Date.now();
  const variants = languages.flatMap((language) => sizes.flatMap((size) => themes.map((theme) => `${language}-${size}-${theme}`)));
  clearPictures(kOut, variants, only);
  const server = await Server.onLoopback(kRooms);
  const closedServer = await Server.onLoopback(['--rooms', 'false']);
  const browser = await LocalBrowser.start('chromium');
  const waiting = await Promise.all(kWaiting.map(() => SignalingClient.connect(server.origin)));
  waiting.forEach((one, at) => one.send({ type: 'seek', room: kWaiting[at], prefs: { media: 'sound', need: 'video' } }));
  const taken = [];
  try {
    for (const language of languages) {
      for (const sizeName of sizes) {
        for (const theme of themes) {
          const size = kSizes[sizeName];
          const variant = `${language}-${sizeName}-${theme}`;
          const take = async (person, name) => {
            if (!isWanted(only, name)) return;
            await takePicture(person, size, theme === 'dark', path.join(kOut, `${name}.${variant}`));
            taken.push({ name, variant });
          };
          const people = await Promise.all(['one', 'two', 'three'].map((name) => Person.at(browser, name)));
          for (const { page } of people) {
            await page.wear({ ...size, isDark: theme === 'dark' });
            await page.beforeLoad((tag) => location.protocol.startsWith('http') && localStorage.setItem('visavis.language', tag), language);
          }
          // No phone shares its screen; the other person may sit at a desk.
          if (size.isPhone) await people[0].page.beforeLoad(() => delete MediaDevices.prototype.getDisplayMedia);
          try {
            await tour({ server, closedServer, people, take });
          } catch (error) {
            for (const [at, person] of people.entries()) {
              await person.page.screenshot(path.join(kOut, `stuck-${at + 1}.png`)).catch((failure) => console.error(`no picture: ${failure.message}`));
            }
            throw error;
          }
          await Promise.all(people.map((person) => person.close()));
          console.log(`${variant}: done after ${Math.round((Date.now() - started) / 1000)} s`);
        }
      }
    }
  } finally {
    waiting.forEach((one) => one.close());
    await Promise.all([browser.close(), server.stop(), closedServer.stop()]);
    writeFileSync(path.join(kOut, 'index.html'), contactSheet(kOut, picturesIn(kOut, taken)));
    console.log(`${taken.length} screens, to be seen in ${path.join(kOut, 'index.html')}`);
  }
}

await main();
