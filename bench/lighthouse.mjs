// What Lighthouse says of the home screen as the real server serves it, in Debian's Chromium: as a phone on a slow network and as a desk.
import lighthouse, { desktopConfig } from 'lighthouse';
import { launch } from '../tests/browser/lib/launch.mjs';
import { Server } from '../tests/browser/lib/server.mjs';
import { quantile } from './lib/usage.mjs';

export const kCategories = ['performance', 'accessibility', 'best-practices'];
const kForms = { phone: undefined, desk: desktopConfig };

async function judgeOnce(browser, url, config) {
  const page = await browser.newPage();
  try {
    const { lhr } = await lighthouse(url, { logLevel: 'silent', onlyCategories: kCategories }, config, page);
    if (lhr.runtimeError) throw new Error(`Lighthouse: ${lhr.runtimeError.message}`);
    return lhr;
  } finally {
    await page.close();
  }
}

/** The audits that cost a category points, and how many of a hundred each got. */
function shortfalls(lhr) {
  const audits = kCategories.flatMap((category) => lhr.categories[category].auditRefs);
  const lost = audits.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1);
  return lost.map(({ id }) => `${id} ${Math.round(lhr.audits[id].score * 100)} ${lhr.audits[id].displayValue ?? ''}`.trim());
}

/** @returns by form: the median points of each category, and what they lack in the last round */
export async function lighthouseBench(rounds) {
  const server = await Server.onLoopback();
  const browser = await launch('chromium');
  const results = {};
  try {
    for (const [form, config] of Object.entries(kForms)) {
      const reports = [];
      for (let round = 0; round < rounds; ++round) reports.push(await judgeOnce(browser, `${server.origin}/`, config));
      const median = (category) => quantile(reports.map((lhr) => lhr.categories[category].score * 100), 0.5);
      results[form] = { points: Object.fromEntries(kCategories.map((category) => [category, median(category)])), lacks: shortfalls(reports.at(-1)) };
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  return results;
}
