// `visavis call` against `visavis serve`: calls between two of them without a browser, what they write, and what they end with.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../browser/lib/poll.mjs';
import { run, serving } from '../browser/lib/program.mjs';
import { findBinary, freePort, freePorts, Server } from '../browser/lib/server.mjs';
import { readPictures, readTone } from '../interop/ends/recordings.mjs';
import { makeCertificate } from './certificates.mjs';

const kLimit = { timeout: 60_000 };
const kClip = ['clip.ivf', 'clip.ogg'].map((name) => fileURLToPath(new URL(`../../media/${name}`, import.meta.url)));
const kExit = { well: 0, here: 1, usage: 2, server: 3, nobody: 4, noConnection: 5, unsafe: 6, turnedAway: 7, interrupted: 130 };

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-call-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `visavis call` while it runs. */
class Caller {
  #process;
  #ended;
  #exited;
  events = [];
  lines = [];
  errors = '';

  constructor(...args) {
    this.#process = spawn(findBinary(), ['call', ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { HOME: folder, PATH: process.env.PATH } });
    this.#process.stdin.on('error', () => {}); // of one that has ended
    this.#process.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text));
    const isJson = args.includes('--json');
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => (isJson ? this.events.push(JSON.parse(line)) : this.lines.push(line)));
    this.#exited = new Promise((resolve) => this.#process.once('exit', (code, signal) => resolve(code ?? signal)));
    this.#ended = new Promise((resolve) => this.#process.once('close', (code, signal) => resolve(code ?? signal)));
  }

  /** The first such event. */
  hears(event, isIt = () => true) {
    return until(event, () => {
      const found = this.events.find((each) => each.event === event && isIt(each));
      if (found) return found;
      throw new Error(`${JSON.stringify(this.events.slice(-6))} ${this.errors}`);
    });
  }

  line(number) {
    return until(`line ${number}`, () => this.lines[number] ?? assert.fail(`${this.lines.join('\n')}\n${this.errors}`));
  }

  write(text) {
    this.#process.stdin.write(text);
  }

  closeInput() {
    this.#process.stdin.end();
  }

  /** Whoever reads what it says is still there, and does not read. */
  pauseOutput() {
    this.#process.stdout.pause();
  }

  /** Nobody reads what it says any more. */
  closeOutput() {
    this.#process.stdout.destroy();
  }

  signal(name = 'SIGINT') {
    this.#process.kill(name);
  }

  /** @returns its exit code, also where nobody has read what it said */
  exited() {
    return this.#exited;
  }

  /** @returns its exit code, once all that it said has been read */
  ended() {
    return this.#ended;
  }

  /** Ends it whatever it does. */
  async kill() {
    this.#process.stdout.resume(); // else its end is never seen
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  get summary() {
    return this.events.at(-1);
  }
}

/** Runs `body(start)`; what it has started by `start(...args)` is gone afterwards. */
async function calling(body) {
  const started = [];
  try {
    await body((...args) => {
      const caller = new Caller(...args);
      started.push(caller);
      return caller;
    });
  } finally {
    await Promise.all(started.map((caller) => caller.kill()));
  }
}

const inRoom = (server, ...more) => [server.origin, '--room', 'ta', '--accept', 'yes', '--json', ...more];

describe('visavis call', () => {
  it('meets in a room: sound and picture both ways, which decode, and messages', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const files = ['a', 'b'].map((name) => ['.ogg', '.ivf'].map((ending) => path.join(folder, `room-${name}${ending}`)));
      const [ann, bob] = files.map((each) => start(...inRoom(server, ...each.flatMap((file) => ['--write', file]))));
      await Promise.all([ann, bob].map((caller) => caller.hears('connected')));
      const codes = await Promise.all([ann, bob].map((caller) => caller.hears('code')));
      for (const form of ['words', 'pictures', 'digits', 'fingers']) assert.deepEqual(codes[0][form], codes[1][form]);
      ann.write('வணக்கம், bob\nsecond line\n');
      bob.write('hello ann\n');
      await bob.hears('chat', ({ text }) => text === 'வணக்கம், bob');
      await bob.hears('chat', ({ text }) => text === 'second line');
      await ann.hears('chat', ({ text }) => text === 'hello ann');
      for (const [, pictures] of files) await until('two seconds of picture', () => statSync(pictures).size > 0 && readPictures(pictures).length >= 20, { every: 500 });

      ann.signal();
      assert.equal(await ann.ended(), kExit.well, ann.errors);
      const { why } = await bob.hears('ended');
      assert.equal(await bob.ended(), kExit.well);
      assert.equal(why, 'left', 'the partner is told');
      for (const [sound, pictures] of files) {
        const clocks = readPictures(pictures);
        assert.ok(clocks.slice(1).every((clock, at) => clock >= clocks[at]), `the clock goes forward: ${clocks}`);
        const shares = readTone(sound);
        assert.ok(shares.length >= 10 && shares.filter((share) => share > 0.9).length >= shares.length * 0.8, `the tone is heard: ${shares.map((share) => share.toFixed(2))}`);
      }
      for (const { summary } of [ann, bob]) {
        assert.equal(summary.event, 'summary');
        assert.deepEqual([summary.exit_code, summary.outcome], [0, 'ended_well']);
        const { phases } = summary;
        const inOrder = ['online_ms', 'met_ms', 'begun_ms', 'path_ms', 'secured_ms', 'connected_ms', 'ended_ms'].map((name) => phases[name]);
        assert.ok(inOrder.every((time, at) => time > 0 && (at === 0 || time >= inOrder[at - 1])), JSON.stringify(phases));
        for (const phase of ['accepted_ms', 'code_ms', 'media_ms']) assert.ok(phases[phase] > 0, phase);
        assert.equal(summary.path.relayed, false);
        assert.ok(summary.cipher.length > 0 && summary.srtp.length > 0 && summary.round_trip_ms > 0, JSON.stringify(summary));
        for (const kind of ['sound', 'picture']) {
          assert.ok(summary[kind].sent.packets > 20 && summary[kind].received.packets > 20, JSON.stringify(summary[kind]));
          assert.ok(summary[kind].received.loss < 0.05, JSON.stringify(summary[kind]));
        }
        for (const { file, bytes, error } of summary.files) assert.deepEqual([bytes, error], [statSync(file).size, null]);
      }
      assert.ok([ann, bob].some(({ summary }) => summary.phases.waiting_ms > 0), 'whoever was the first has waited');
      assert.ok(!JSON.stringify([...ann.events, ...bob.events]).match(/127\.0\.0\.1|\[::1\]/), 'no address is told');
    })));

  it('meets by a private link that one of them makes, and in plain words', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const ann = start(server.origin, '--new-link');
      const link = await ann.line(0);
      assert.match(link, new RegExp(`^${server.origin}/p#1\\.`));
      const bob = start(link, '--play', 'none', '--quiet');
      bob.write('early\n'); // said once there is somebody
      bob.closeInput();
      assert.equal(await ann.line(1), 'early');
      ann.write('\u001b[31m* red\n');
      assert.equal(await bob.line(0), '\\u{1b}[31m* red', 'what a partner writes moves no cursor');
      await until('the code in words', () => /safety code: \S+ \S+ \S+ \S+ \(.*\)\n.*in digits \d{4} \d{4}/.test(ann.errors));
      assert.match(ann.errors, /^\* it goes directly/m);
      assert.match(ann.errors, /^\* encrypted from end to end: /m);
      bob.signal('SIGTERM');
      assert.equal(await bob.ended(), kExit.well);
      assert.equal(bob.errors, '', 'quiet is quiet');
      assert.equal(await ann.ended(), kExit.well);
      assert.match(ann.errors, /left\n {2}connected \d+ ms after the start, for /);
    })));

  it('sends files, and leaves when its time is over', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const sound = path.join(folder, 'files.ogg');
      const ann = start(...inRoom(server, '--play', kClip[1], '--duration', '2'));
      const bob = start(...inRoom(server, '--play', kClip[0], '--write', sound, '--write', path.join(folder, 'none.ivf')));
      assert.equal(await ann.ended(), kExit.well, JSON.stringify(ann.events));
      assert.equal(await bob.ended(), kExit.well, JSON.stringify(bob.events));
      assert.ok(ann.summary.phases.ended_ms - ann.summary.phases.connected_ms >= 2000);
      assert.deepEqual([ann.summary.picture.sent.packets, bob.summary.sound.sent.packets], [0, 0]);
      assert.ok(readTone(sound).length >= 10);
      assert.ok(!existsSync(path.join(folder, 'none.ivf')), 'nothing came for it');
    })));

  it('asks before it talks to whoever is met, and takes a line for the answer', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const asking = [server.origin, '--room', 'ta', '--accept', 'ask', '--json'];
      const [ann, bob] = [start(...asking), start(...inRoom(server))];
      await ann.hears('question');
      ann.write('perhaps\ny\nhello\n');
      await bob.hears('chat', ({ text }) => text === 'hello');
      assert.equal(ann.events.filter(({ event }) => event === 'question').length, 2, 'what is neither yes nor no is asked again');
      bob.signal();
      assert.equal(await ann.ended(), kExit.well);

      const [cid, dan] = [start(...asking), start(...inRoom(server, '--wait', '20'))];
      await cid.hears('question');
      cid.write('n\n');
      assert.equal(await cid.ended(), kExit.nobody);
      await dan.hears('unmet');
      dan.signal();
      assert.equal(await dan.ended(), kExit.interrupted);

      const [eve] = [start(...asking), start(...inRoom(server))];
      eve.closeInput();
      assert.equal(await eve.ended(), kExit.nobody);
      assert.match(eve.summary.why, /standard input is at its end/);
    })));

  it('gives up when nobody comes, as with the link of another key, and when it is interrupted', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const ann = start(server.origin, '--new-link', '--json');
      const { link } = await ann.hears('link');
      const last = link.at(-1);
      const other = link.slice(0, -1) + (last === 'A' ? 'Q' : 'A');
      const bob = start(other, '--wait', '1', '--json');
      assert.equal(await bob.ended(), kExit.nobody);
      assert.equal(bob.summary.outcome, 'nobody');
      assert.ok(!ann.events.some(({ event }) => event === 'met'));
      ann.signal();
      assert.equal(await ann.ended(), kExit.interrupted);
      assert.equal(ann.summary.outcome, 'interrupted');
    })));

  it('does not give up waiting on somebody who has come', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const ann = start(server.origin, '--room', 'ta', '--accept', 'ask', '--json', '--wait', '2');
      const bob = start(...inRoom(server));
      await ann.hears('question');
      assert.equal(await start(server.origin, '--new-link', '--wait', '2').ended(), kExit.nobody, 'so long it has been');
      ann.write('Yes \n');
      await bob.hears('connected');
      bob.signal();
      assert.equal(await ann.ended(), kExit.well, JSON.stringify(ann.events));
    })));

  it('says that a room is not there, or a link is taken', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const nowhere = await run(folder, 'call', server.origin, '--room', 'tlh');
      assert.equal(nowhere.code, kExit.turnedAway);
      assert.match(nowhere.stderr, /there is no room 'tlh'; there are .*ta/);
      const ann = start(server.origin, '--new-link', '--json');
      const { link } = await ann.hears('link');
      const bob = start(link, '--json');
      await bob.hears('connected');
      const third = await run(folder, 'call', link, '--quiet');
      assert.equal(third.code, kExit.turnedAway, third.stderr);
    })));

  it('trusts the certificates it is told to, and no others', kLimit, async () => {
    const { cert, key } = makeCertificate(folder);
    const stranger = makeCertificate(mkdtempSync(path.join(folder, 'stranger-')));
    await serving(['--tls-cert', cert, '--tls-key', key], async (server) => {
      const page = server.origin.replace(/^http:/, 'https:');
      const trusted = await run(folder, 'call', page, '--new-link', '--wait', '1', '--trust', cert);
      assert.equal(trusted.code, kExit.nobody, trusted.stderr);
      for (const more of [[], ['--trust', stranger.cert]]) {
        const { code, stderr } = await run(folder, 'call', page, '--new-link', '--wait', '5', ...more);
        assert.equal(code, kExit.unsafe, stderr);
        assert.match(stderr, /the certificate that localhost:\d+ shows is not to be trusted .*--trust/);
      }
    });
  });

  it('says when the server is away, or is none', kLimit, async () => {
    const away = await run(folder, 'call', `http://127.0.0.1:${await freePort()}`, '--room', 'ta', '--json');
    assert.equal(away.code, kExit.server);
    const summary = JSON.parse(away.stdout.trim().split('\n').at(-1));
    assert.match(summary.why, /^nobody answers at 127\.0\.0\.1:\d+/);

    const other = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n').on('error', () => {}));
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    const none = await run(folder, 'call', `http://127.0.0.1:${other.address().port}`, '--room', 'ta');
    other.close();
    assert.equal(none.code, kExit.server);
    assert.match(none.stderr, /answers with status 404 where a visavis has its signaling/);
  });

  it('refuses in one clear line what it cannot do', kLimit, async () => {
    const text = path.join(folder, 'a.txt');
    writeFileSync(text, 'no certificate');
    const there = path.join(folder, 'there.ogg');
    writeFileSync(there, 'mine');
    const page = 'https://talk.example';
    const refused = [
      [[page], /^visavis: where to\? --room LANGUAGE/],
      [['talk.example', '--room', 'ta'], /^visavis: 'talk\.example' is no address of a page/],
      [[`${page}/p#1.short`], /^visavis: the link is damaged/],
      [[page, '--new-link', '--play', text], /^visavis: --play: .*a\.txt is neither Ogg with Opus nor IVF with VP8$/m],
      [[page, '--new-link', '--write', there], /^visavis: --write: .*there\.ogg is there already; name another file, or move it away$/m],
      [[page, '--new-link', '--trust', text], /^visavis: --trust: .*a\.txt holds no certificate in PEM$/m],
    ];
    for (const [args, why] of refused) {
      const { code, stdout, stderr } = await run(folder, 'call', ...args);
      assert.equal(code, kExit.usage, stderr);
      assert.match(stderr, why);
      assert.equal(stdout, '');
    }
    assert.equal(readFileSync(there, 'utf8'), 'mine');
  });

  it('keeps what it has when a disk is full, goes on, and says so in the end', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const full = path.join(folder, 'full.ivf');
      symlinkSync('/dev/full', full);
      const sound = path.join(folder, 'beside.ogg');
      const ann = start(...inRoom(server, '--write', full, '--write', sound, '--duration', '2'));
      start(...inRoom(server));
      assert.equal(await ann.ended(), kExit.here, JSON.stringify(ann.events));
      const problems = ann.events.filter(({ event }) => event === 'problem');
      assert.deepEqual(problems.map(({ what }) => what), [`cannot write ${full}: No space left on device`], 'once');
      assert.ok(readTone(sound).length > 0);
    })));

  it('keeps whole files when it is ended at once', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const pictures = path.join(folder, 'killed.ivf');
      const ann = start(...inRoom(server, '--write', pictures));
      const bob = start(...inRoom(server));
      await until('pictures', () => existsSync(pictures) && statSync(pictures).size > 3_000);
      ann.signal('SIGKILL');
      await ann.ended();
      const clocks = readPictures(pictures);
      assert.ok(clocks.length > 0);
      bob.signal();
      bob.signal();
      assert.ok([kExit.well, kExit.interrupted].includes(await bob.ended()));
    })));

  it('goes on while nobody reads what it says, and ends when it is told to', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const [ann, bob] = [start(server.origin, '--room', 'ta', '--accept', 'yes'), start(...inRoom(server))];
      await bob.hears('connected');
      await until('both are connected', () => /connected/.test(ann.errors));
      ann.pauseOutput();
      for (let i = 0; i < 200; i++) bob.write(`${'x'.repeat(4_000)}\n`); // more than any pipe holds
      ann.write('still here\n');
      await bob.hears('chat', ({ text }) => text === 'still here');
      ann.signal();
      await bob.hears('ended');
      assert.equal(await bob.ended(), kExit.well);
      await until('its last word', () => /^\* you left/m.test(ann.errors));
      ann.signal(); // by whoever does not want to wait for a reader
      assert.equal(await ann.exited(), kExit.well);
    })));

  it('keeps what is written while the connection is broken, and gives up on one that does not mend', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const pair = async (...more) => {
        const both = [start(...inRoom(server, ...more)), start(...inRoom(server))];
        await Promise.all(both.map((caller) => caller.hears('connected')));
        return both;
      };
      const [[ann, bob], [cid, dan]] = [await pair(), await pair('--patience', '2')];
      for (const caller of [bob, dan]) caller.signal('SIGSTOP');
      await ann.hears('interrupted');
      ann.write('written meanwhile\n');
      bob.signal('SIGCONT');
      await bob.hears('chat', ({ text }) => text === 'written meanwhile');
      assert.ok(!ann.events.some(({ event }) => event === 'problem'), JSON.stringify(ann.events));
      assert.equal(await cid.ended(), kExit.noConnection, JSON.stringify(cid.events));
      assert.equal(cid.summary.why, 'the connection broke and did not mend within 2 s');
    })));

  it('goes on when a server comes back without the room that it met in', kLimit, async () => {
    const [port, turn, metrics] = await freePorts(3);
    const places = ['--listen', `localhost:${port}`, '--turn-listen', `*:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const servers = ['ta,en', 'en'].map((rooms) => new Server({ origin: `http://localhost:${port}`, flags: [...places, '--rooms-languages', rooms] }));
    try {
      await calling(async (start) => {
        await servers[0].start();
        const [ann, bob] = [start(...inRoom(servers[0])), start(...inRoom(servers[0]))];
        await Promise.all([ann, bob].map((caller) => caller.hears('connected')));
        await servers[0].kill('SIGTERM');
        await servers[1].start();
        await until('it is back', () => ann.events.filter(({ event }) => event === 'online').length === 2);
        ann.write('still here\n');
        await bob.hears('chat', ({ text }) => text === 'still here');
      });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('goes on over the end of its terminal where it was started so, and takes closed outputs for none', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const ann = start(...inRoom(server));
      const sound = path.join(folder, 'closed.ogg');
      const bob = spawn('sh', ['-c', `trap '' HUP; exec "$0" call "$@" <&- >&- 2>&-`, findBinary(), ...inRoom(server, '--write', sound)]);
      const ended = new Promise((resolve) => bob.once('exit', resolve));
      try {
        await ann.hears('connected');
        bob.kill('SIGHUP');
        ann.write('still there?\n');
        await until('sound', () => existsSync(sound) && statSync(sound).size > 2_000);
        assert.ok(!ann.events.some(({ event }) => event === 'ended'), JSON.stringify(ann.events));
        bob.kill('SIGTERM');
        assert.equal(await ended, kExit.well);
        assert.ok(readTone(sound).length > 0, 'nothing of what was said is in it');
      } finally {
        bob.kill('SIGKILL');
      }
    })));

  it('leaves when nobody reads what it says', kLimit, () =>
    serving([], (server) => calling(async (start) => {
      const [ann, bob] = [start(...inRoom(server)), start(...inRoom(server))];
      await Promise.all([ann, bob].map((caller) => caller.hears('connected')));
      ann.closeOutput();
      bob.write('are you there\n');
      assert.equal(await ann.ended(), kExit.here);
      await bob.hears('ended');
      assert.equal(await bob.ended(), kExit.well);
    })));
});
