// The installed library: what is in it, and the examples that were built with it (tools/suites.py does both).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { LocalBrowser } from '../browser/lib/browser.mjs';
import { until } from '../browser/lib/poll.mjs';

const kPrefix = process.env.VISAVIS_PREFIX;
const kExamples = process.env.VISAVIS_EXAMPLES;
const kLimit = { timeout: 60_000 };
const kProgramLimit = 30_000; // ms for one that the test stands still for, and whose own limit cannot fire meanwhile
const kStrict = ['-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror', '-fsyntax-only'];

describe('what is installed', () => {
  it('headers that need nothing but the C++ 20 library', kLimit, () => {
    const names = readdirSync(path.join(kPrefix, 'include/visavis'));
    assert.ok(names.includes('peer_connection.h'), names.join());
    // From the last to the first, so that what one lacks has not come before it by chance alone.
    const input = names.sort().reverse().map((name) => `#include <visavis/${name}>\n`).join('');
    execFileSync('clang++-19', [...kStrict, '-I', path.join(kPrefix, 'include'), '-x', 'c++', '-'], { input, timeout: kProgramLimit });
  });

  it('one archive whose names are the interface and what OpenSSL is to find', kLimit, () => {
    const archive = execFileSync('find', [kPrefix, '-name', 'libvisavis.a'], { encoding: 'utf8' }).trim();
    const names = execFileSync('nm', ['--defined-only', '--extern-only', '--format=just-symbols', archive], { encoding: 'utf8', maxBuffer: 1e8 }).split('\n');
    const ours = names.filter((name) => /^_Z(N|NK|NO|NKR|TIN|TSN|TVN)7visavis/.test(name));
    assert.ok(ours.length > 30, `${ours.length} names`);
    const others = names.filter((name) => name !== '' && !name.endsWith(':') && !ours.includes(name));
    assert.deepEqual(others, ['gettimeofday']);
    const needed = execFileSync('nm', ['--undefined-only', '--format=just-symbols', archive], { encoding: 'utf8', maxBuffer: 1e8 });
    assert.doesNotMatch(needed, /^(sqlite3_|io_uring_|http_parser|BrotliDecoder|inflate|_ZN?K?2vv)/m, 'nothing of the server is needed');
  });

  it('a description for pkg-config', kLimit, () => {
    const where = execFileSync('find', [kPrefix, '-name', 'visavis.pc', '-printf', '%h'], { encoding: 'utf8' });
    const said = execFileSync('pkg-config', ['--cflags', '--libs', 'visavis'], { encoding: 'utf8', env: { ...process.env, PKG_CONFIG_PATH: where } });
    assert.match(said, /-lvisavis/);
    assert.match(said, /-lssl/);
    const flags = said.trim().split(/\s+/);
    const program = path.join(kExamples, 'by-pkg-config');
    execFileSync('g++', ['-std=c++20', '-x', 'c++', '-', '-o', program, ...flags.filter((flag) => flag.startsWith('-I')), '-x', 'none', ...flags.filter((flag) => !flag.startsWith('-I'))], {
      input: '#include <visavis/visavis.h>\n#include <cstdio>\nint main() { std::puts(visavis::version().data()); }\n',
    });
    assert.match(execFileSync(program, { encoding: 'utf8', timeout: kProgramLimit }), /^\d+\.\d+\.\d+\n$/);
  });
});

describe('the examples', () => {
  let browser;
  before(async () => (browser = await LocalBrowser.start('chromium')));
  after(() => browser?.close());

  it('two peers in one process', kLimit, () => {
    const said = execFileSync(path.join(kExamples, 'two_peers'), { encoding: 'utf8', timeout: kProgramLimit });
    for (const line of ['a is connected', 'b is connected', 'b is offered the channel chat', 'a hears: hello from b', 'b hears: hello from a', 'the path is host to host']) {
      assert.ok(said.split('\n').includes(line), `${line} in:\n${said}`);
    }
  });

  it('a chat with a browser', kLimit, async () => {
    const program = new Program('browser_chat');
    try {
      const page = await browser.openPage();
      await page.goto(await program.url());
      await program.says('* the browser is there');
      await page.fill('input', 'from the page — ✓');
      await page.press('Enter');
      await program.says('browser: from the page — ✓');
      program.type('from the terminal — ✓');
      await until('the page shows it', () => page.evaluate(() => document.querySelector('#said').textContent.includes('terminal: from the terminal — ✓')));
      await page.close();
      await program.says('* the browser is gone');
      assert.equal(await program.end(), 0);
    } finally {
      program.kill();
    }
  });

  it('an echo of sound, picture and messages', kLimit, async () => {
    const program = new Program('echo_bot');
    try {
      const page = await browser.openPage();
      await page.goto(await program.url());
      await program.says('* a visitor is connected');
      const back = await until('the picture comes back and goes on', () =>
        page.evaluate(() => {
          const { videoWidth, currentTime, srcObject } = document.querySelector('#back');
          const kinds = srcObject?.getTracks().map(({ kind }) => kind).sort().join();
          return videoWidth > 0 && currentTime > 1 && { kinds };
        }));
      assert.equal(back.kinds, 'audio,video');
      await until('a message comes back', () => page.evaluate(() => /^\d+\.\d ms$/.test(document.querySelector('output').textContent)));
      await page.close();
      program.type('');
      assert.equal(await program.end(), 0);
    } finally {
      program.kill();
    }
  });
});

/** An example that runs until it is told to end, on a port of its own. */
class Program {
  #process;
  #lines = [];

  constructor(name) {
    this.#process = spawn(path.join(kExamples, name), ['0'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.on('error', () => {}); // told by what it never says
    this.ended = new Promise((resolve) => this.#process.once('close', resolve));
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => this.#lines.push(line));
  }

  says(line) {
    return until(line, () => {
      if (this.#lines.includes(line)) return true;
      throw new Error(this.#lines.join('\n'));
    });
  }

  async url() {
    const line = await until('its address', () => this.#lines.find((each) => each.startsWith('* open ')));
    return line.slice('* open '.length);
  }

  type(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  end() {
    this.#process.stdin.end();
    return this.ended;
  }

  kill() {
    this.#process.kill('SIGKILL');
  }
}
