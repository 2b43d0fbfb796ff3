// Browsers kept open across the cases of a run, and one case at a time: people, and evidence when it fails.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Person } from './person.mjs';

const kArtifacts = process.env.VISAVIS_ARTIFACTS ?? fileURLToPath(new URL('../../../build/test-artifacts', import.meta.url));

/** Browsers by kind and seat, started when first asked for, restarted after a case that failed. */
export class BrowserPool {
  #browsers = new Map();
  #start;

  /** @param {(kind: string, seat: number) => Promise<object>} start */
  constructor(start) {
    this.#start = start;
  }

  async take(kind, seat) {
    const key = `${kind}-${seat}`;
    if (!this.#browsers.has(key)) this.#browsers.set(key, await this.#start(kind, seat));
    return this.#browsers.get(key);
  }

  /** @param {number} [seat] that seat's alone */
  async close(seat) {
    const keys = [...this.#browsers.keys()].filter((key) => seat === undefined || key.endsWith(`-${seat}`));
    const browsers = keys.map((key) => this.#browsers.get(key));
    for (const key of keys) this.#browsers.delete(key);
    await Promise.allSettled(browsers.map((browser) => browser.close()));
  }
}

/**
 * Runs one case: `body(people)` with one person for each kind, everything closed afterwards. If it throws, both sides' reports,
 * screenshots and the server's last lines are kept and printed first.
 * @param {{name: string, pool: BrowserPool, server: object, kinds: string[], probe?: object, evidence?: () => object}} options
 */
export async function scene({ name, pool, server, kinds, probe = {}, evidence = () => ({}) }, body) {
  const people = [];
  try {
    const browsers = [];
    for (const [seat, kind] of kinds.entries()) browsers.push(await pool.take(kind, seat));
    await Promise.all(browsers.map(async (browser, seat) => {
      people[seat] = await Person.at(browser, `person ${seat + 1}`, { probe });
    }));
    await body(...people);
    await Promise.all(people.map((person) => person.close()));
  } catch (error) {
    await keepEvidence(name, people.filter(Boolean), server, evidence);
    await pool.close();
    throw error;
  }
}

async function keepEvidence(name, people, server, evidence) {
  const base = path.join(kArtifacts, name.replace(/[^A-Za-z0-9]+/g, '-'));
  mkdirSync(kArtifacts, { recursive: true });
  const parts = [`==== ${name}`];
  for (const [index, person] of people.entries()) {
    const report = await person.report().catch((error) => `no report: ${error.message}`);
    await person.page.screenshot(`${base}-${index + 1}.png`).catch((error) => parts.push(`no screenshot: ${error.message}`));
    parts.push(`---- ${person.name}`, JSON.stringify(report, null, 1));
  }
  parts.push('---- server', server.logTail(), '---- evidence', JSON.stringify(await evidence(), null, 1));
  const text = parts.join('\n');
  writeFileSync(`${base}.txt`, `${text}\n`);
  console.error(`${text}\n(kept in ${base}.txt and .png)`);
}
