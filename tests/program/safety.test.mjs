// What block and report promise, from a page's words to the operator's decision and to the last byte on the disk: the real
// program, people in its rooms, and its own commands. Each case has a server of its own, and they run beside each other,
// because what takes time here is waiting for times to pass.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { run, serving } from '../browser/lib/program.mjs';
import { expectMatched, expectWaiting, Guest, meet, meetAndReport, newAddress, newDevice, said } from './people.mjs';
import { filesOf, foundIn, holdReports, keysOf, marksUnder, tablesOf, tracesOf } from './state_files.mjs';

const kLimit = { timeout: 90_000 };
const kBeside = { concurrency: 16 };
const kContact = 'mailto:people@talk.example';
const kRules = 'Be kind.';
const kFlags = ['--rooms-contact', kContact, '--rooms-rules', kRules, '--log-level', 'debug'];
const kSecondsOfADay = 86_400;
const kShortDays = ['--retention-days', '0.0001']; // 9 s, the shortest there is
const kShort = 9;
const kPatient = { limit: 60_000 };
const kRetentionDays = ['--retention-days', '0.00023']; // 20 s: long enough to meet, report and look

let home;
before(() => (home = mkdtempSync(path.join(tmpdir(), 'visavis-operator-'))));
after(() => rmSync(home, { recursive: true, force: true }));

const service = (body, more = []) => () => serving([...kFlags, ...more], body);

/** An operator's command beside this server. @returns what it printed */
async function command(server, ...args) {
  const { code, stdout, stderr } = await run(home, ...args, '--state-dir', server.stateDirectory);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return stdout;
}

const asked = async (server, ...args) => JSON.parse(await command(server, ...args, '--json'));

/** Asks to be let into the room until the answer is this one; the server looks for decisions every second. */
const untilSeekIs = (guest, room, answer) => until(`seek: ${answer}`, async () => said(await guest.seek(room)) === answer, { every: 500 });

const seconds = (time) => Date.parse(time) / 1000;

describe('what follows from a call', kBeside, () => {
  describe('block', kBeside, () => {
    it('ends the call and keeps the two apart, also over a restart, while both meet others', kLimit, service(async (server) => {
      const [a, b, c, d] = await Promise.all([0, 1, 2, 3].map(() => Guest.enter(server)));
      assert.equal(a.welcome.features.contact, kContact);
      assert.equal(a.welcome.features.rules, kRules);
      const call = await meet(a, b, 'ta');
      const others = await meet(c, d, 'en');
      assert.equal((await c.leave(others)).reason, 'you');

      assert.deepEqual(await a.block(call), { type: 'noted', call, what: 'block' });
      assert.equal((await a.hears('left')).reason, 'you');
      assert.equal((await b.hears('left')).reason, 'left', 'who is blocked does not learn of it');

      const before = await a.comeBack();
      assert.equal(before.resumed, true);
      await expectApart(server, a, b, 'ta');

      for (const guest of [a, b, c, d]) await guest.settle(); // each has its newest token
      await server.kill();
      await server.start();
      for (const guest of [a, b, c, d]) {
        const welcome = await guest.comeBack();
        assert.equal(welcome.resumed, true);
        assert.notEqual(welcome.epoch, before.epoch);
      }
      // Who merely met is forgotten with the server's earlier life: without the block the two would meet here.
      await expectWaiting(c, 'en');
      await expectMatched(d, c, 'en');
      await expectApart(server, b, a, 'ta');
      await expectApart(server, a, b, 'ta');
    }));

    it('holds when the server starts anew and whoever blocked begins a new session on the same device', kLimit, service(async (server) => {
      const [a, b] = [await Guest.enter(server), await Guest.enter(server)];
      const call = await meet(a, b, 'ta');
      await a.block(call);
      await b.hears('left');
      await b.settle();
      await server.kill();
      await server.start();
      assert.equal((await b.comeBack()).resumed, true);
      await expectApart(server, await Guest.enter(server, { device: a.device }), b, 'ta');
    }));

    /** The two wait in a room at the same time; a newcomer is introduced to the one who came first. */
    async function expectApart(server, first, second, room) {
      await expectWaiting(first, room);
      await expectWaiting(second, room);
      const newcomer = await Guest.enter(server);
      const call = await expectMatched(newcomer, first, room);
      await first.leave(call);
      newcomer.close();
      await second.unseek();
    }
  });

  describe('report', kBeside, () => {
    it('ends the call and is kept for the operator, who reads it and dismisses it', kLimit, service(async (server) => {
      const [meant, reporter] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
      const note = 'He \u202eshouted\n\x1b[2J\x07 at me. Schade.';
      const call = await meet(meant, reporter, 'ta');
      assert.deepEqual(await reporter.report(call, 'harassment', note), { type: 'noted', call, what: 'report' });
      assert.equal((await reporter.hears('left')).reason, 'you');
      assert.equal((await meant.hears('left')).reason, 'left', 'who is reported does not learn of it');

      const [report, ...more] = await asked(server, 'reports');
      assert.deepEqual(more, []);
      const { id, made, deleted, device, ...rest } = report;
      assert.deepEqual(rest, { room: 'ta', category: 'harassment', note, reports_of_device: 1, state: 'open', banned_until: null });
      assert.match(device, /^[0-9a-f]{8}$/);
      assert.ok(Math.abs(seconds(made) - Date.now() / 1000) < 60, made);
      assert.equal(seconds(deleted) - seconds(made), 30 * kSecondsOfADay);

      for (const words of [['reports'], ['reports', 'show', String(id)]]) {
        const text = await command(server, ...words);
        assert.ok(text.includes('harassment') && text.includes(device) && text.includes('Schade.'), text);
        assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/, 'what a stranger wrote moves nothing');
      }
      assert.equal(await command(server, 'reports', 'dismiss', String(id)), `Report ${id} is dismissed.\n`);
      assert.equal(await command(server, 'reports'), `No open reports in ${server.stateDirectory}.\n`);
      assert.deepEqual(await asked(server, 'reports', '--all'), [{ ...report, state: 'dismissed' }]);
    }));

    it('writes nothing of a call that nobody reports', kLimit, service(async (server) => {
      const [ann, bob] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
      const call = await meet(ann, bob, 'ta');
      ann.relay(call, 'a body that nobody but the partner reads');
      await bob.hears('relay');
      await bob.leave(call);
      await ann.hears('left');
      await server.kill('SIGTERM'); // and nothing is written at its end
      const files = filesOf(server.stateDirectory);
      assert.ok(files.has('key') && files.has('reports.db'), [...files.keys()].join());
      const traces = { call, body: 'a body that nobody', ann: ann.welcome.session, bob: bob.welcome.session };
      for (const guest of [ann, bob]) assert.deepEqual(foundIn(files, { ...traces, ...tracesOf(guest) }), []);
      const tables = await tablesOf(server.stateDirectory);
      assert.deepEqual([tables.reports.rows, tables.bans.rows], [[], []]);
    }));

    it('keeps what is promised and nothing else: two keyed hashes, no address, no token', kLimit, service(async (server) => {
      const [meant, reporter] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
      const call = await meet(meant, reporter, 'ta');
      const note = 'words nobody else writes';
      assert.equal(said(await reporter.report(call, 'sexual', note)), 'noted');
      await reporter.hears('left');
      await command(server, 'reports', 'ban', '1');

      const tables = await tablesOf(server.stateDirectory);
      assert.deepEqual(Object.keys(tables).sort(), ['bans', 'reports']);
      assert.deepEqual(tables.bans.columns.sort(), ['id', 'made', 'report', 'until']);
      const columns = ['id', 'made', 'expires', 'category', 'note', 'room', 'key', 'device', 'prefix', 'decision'];
      assert.deepEqual(tables.reports.columns, columns);
      assert.equal(tables.reports.rows.length, 1);
      const [row] = tables.reports.rows;
      const { made, expires, key, device, prefix, ...plain } = row;
      assert.deepEqual(plain, { id: 1, category: 'sexual', note, room: 'ta', decision: 'banned' });
      assert.equal(expires - made, 30 * kSecondsOfADay);

      const files = filesOf(server.stateDirectory);
      const lasting = [...files.keys()].filter((file) => !file.endsWith('-journal')); // the server may be writing
      assert.deepEqual(lasting.sort(), ['key', 'report-keys', 'reports.db']);
      for (const file of lasting) {
        assert.equal(statSync(path.join(server.stateDirectory, file)).mode & 0o777, 0o600, file);
      }
      const [current] = keysOf(files);
      assert.deepEqual({ key, device, prefix }, marksUnder(current, meant), 'who is meant, for whoever has the key');
      assert.deepEqual(foundIn(files, { note }), ['note in reports.db'], 'the search finds what is there');
      for (const guest of [meant, reporter]) assert.deepEqual(foundIn(files, tracesOf(guest)), []);
      const marksOfReporter = marksUnder(current, reporter);
      assert.deepEqual(foundIn(files, {
        "the reporter's device": Buffer.from(marksOfReporter.device, 'hex'),
        "the reporter's address": Buffer.from(marksOfReporter.prefix, 'hex'),
      }), [], 'nothing is kept of who reports');
      const log = new Map([['the log', Buffer.from(server.log())]]);
      for (const guest of [meant, reporter]) assert.deepEqual(foundIn(log, { note, ...tracesOf(guest) }), []);
    }));

    it('says that it could not be kept while the file is held, and is taken later', kLimit, service(async (server) => {
      const [meant, reporter, third] = await Promise.all([0, 1, 2].map(() => Guest.enter(server)));
      const call = await meet(meant, reporter, 'ta');
      const letGo = await holdReports(server.stateDirectory);
      try {
        const answer = reporter.report(call, 'spam');
        assert.equal((await meant.hears('left')).reason, 'left', 'the call ends at once');
        await meet(meant, third, 'ta'); // nobody waits for the disk
        const held = await run(home, 'reports', '--state-dir', server.stateDirectory);
        const file = path.join(server.stateDirectory, 'reports.db');
        const why = 'another process holds it; try again when that has let go';
        assert.deepEqual(held, { code: 1, stdout: '', stderr: `visavis: the reports in ${file} cannot be used: ${why}\n` });
        assert.equal(said(await answer), 'error not_kept report');
      } finally {
        await letGo();
      }
      assert.equal(said(await reporter.report(call, 'spam')), 'noted');
      assert.deepEqual((await asked(server, 'reports')).map(({ category }) => category), ['spam']);
    }));
  });

  describe('a cooldown', kBeside, () => {
    it('begins with reports of three different people, and not with three of one', kLimit, service(async (server) => {
      const [meant, framed] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
      const device = newDevice();
      const address = newAddress();
      for (let i = 0; i < 3; ++i) {
        assert.equal(said(await meetAndReport(server, { device }, framed, 'en')), 'noted', 'one device that travels');
        assert.equal(said(await meetAndReport(server, { address }, framed, 'en')), 'noted', 'many tokens at one place');
      }
      await expectWaiting(framed, 'en');

      for (let i = 0; i < 2; ++i) assert.equal(said(await meetAndReport(server, {}, meant, 'ta')), 'noted');
      await expectWaiting(meant, 'ta');
      await meant.unseek();
      assert.equal(said(await meetAndReport(server, {}, meant, 'ta')), 'noted');
      const refused = await meant.seek('ta');
      assert.equal(said(refused), 'error cooldown seek');
      assert.ok(refused.retry_after > kSecondsOfADay - 60 && refused.retry_after <= kSecondsOfADay, String(refused.retry_after));

      const otherTab = await Guest.enter(server, { device: meant.device });
      assert.equal(said(await otherTab.seek('hi')), 'error cooldown seek');
      assert.equal(said(await otherTab.openPrivate()), 'waiting', 'private calls stay possible');
      await otherTab.unseek();
      const housemate = await Guest.enter(server, { address: meant.address });
      await expectWaiting(housemate, 'hi');
      await housemate.unseek();

      const mine = (await asked(server, 'reports')).filter(({ room }) => room === 'ta');
      assert.deepEqual(mine.map(({ reports_of_device: count }) => count), [3, 3, 3]);
      await command(server, 'reports', 'dismiss', String(mine[1].id));
      await untilSeekIs(otherTab, 'hi', 'waiting');
    }));
  });

  describe('a ban', kBeside, () => {
    it('holds at the running server and after a restart, for the device; its neighbours are slowed down', kLimit, service(async (server) => {
      const meant = await Guest.enter(server);
      assert.equal(said(await meetAndReport(server, {}, meant, 'ta', 'minor')), 'noted');
      const earlierNeighbour = await Guest.enter(server, { address: meant.address });
      await expectWaiting(meant, 'ta');
      const made = await command(server, 'reports', 'ban', '1', '--days', '7');
      assert.match(made, /^Ban 1: the device of report 1 is kept out of the rooms until \d{4}-\d\d-\d\d \d\d:\d\d UTC \(for 7 d\)\.\n$/);
      assert.equal(said(await meant.answer()), 'error banned seek', 'who waits is taken out of the line');

      const expectInForce = async () => {
        const refused = await meant.seek('ta');
        assert.equal(said(refused), 'error banned seek');
        assert.ok(Math.abs(refused.retry_after - 7 * kSecondsOfADay) < 120, String(refused.retry_after));
        const moved = await Guest.enter(server, { device: meant.device });
        assert.equal(said(await moved.seek('hi')), 'error banned seek', 'elsewhere too');
        assert.equal(said(await moved.openPrivate()), 'waiting', 'private calls stay possible');
        const neighbour = await Guest.enter(server, { address: meant.address });
        const slowed = await neighbour.seek('hi');
        assert.equal(said(slowed), 'error rate seek');
        assert.ok(slowed.retry_after > 0 && slowed.retry_after <= 60, String(slowed.retry_after));
        const stranger = await Guest.enter(server);
        await expectWaiting(stranger, 'hi');
        await stranger.unseek();
        return neighbour;
      };
      await expectInForce();
      assert.equal(said(await earlierNeighbour.seek('hi')), 'error rate seek');

      const [ban, ...more] = await asked(server, 'bans');
      assert.deepEqual(more, []);
      const { id, made: since, until: end, report } = ban;
      assert.deepEqual(Object.keys(ban), ['id', 'made', 'until', 'report']);
      assert.equal(seconds(end) - seconds(since), 7 * kSecondsOfADay);
      assert.deepEqual([report.id, report.category, report.state, report.banned_until], [1, 'minor', 'banned', end]);
      assert.match(await command(server, 'bans'), new RegExp(`^ ID .*\\n  1 .* ago +in 7 d +${report.device} +1 +1 +minor\\n$`));

      await meant.settle();
      await server.kill();
      await server.start();
      await meant.comeBack();
      const neighbour = await expectInForce();

      assert.equal(await command(server, 'bans', 'lift', String(id)), `Ban ${id} is lifted.\n`);
      await untilSeekIs(meant, 'ta', 'waiting');
      await expectMatched(neighbour, meant, 'ta');
      assert.equal(await command(server, 'bans'), `No bans in ${server.stateDirectory}.\n`);
      assert.deepEqual((await asked(server, 'reports', '--all')).map(({ state }) => state), ['lifted']);
    }));

    it('ends by itself, and its report stays', kLimit, service(async (server) => {
      const meant = await Guest.enter(server);
      assert.equal(said(await meetAndReport(server, {}, meant, 'ta')), 'noted');
      await expectWaiting(meant, 'ta');
      const from = Date.now();
      await command(server, 'reports', 'ban', '1', '--days', '0.0001');
      const { retry_after: left } = await meant.answer();
      assert.ok(left > 0 && left <= kShort + 1, String(left));
      await untilSeekIs(meant, 'ta', 'waiting');
      assert.ok(Date.now() - from > (left - 1) * 1000, 'it holds as long as was said');
      assert.deepEqual(await asked(server, 'bans'), []);
      assert.equal((await asked(server, 'reports', '--all')).length, 1);
    }));
  });

  describe('after the retention', kBeside, () => {
    const note = 'words that must not stay';

    /** What a report of this person leaves, in clear and under the key it was made with. */
    function left(files, meant) {
      const written = (marks) => files.get('reports.db').includes(Buffer.from(marks.device, 'hex'));
      const key = keysOf(files).find((one) => written(marksUnder(one, meant)));
      assert.ok(key, 'the report is there');
      const marks = marksUnder(key, meant);
      return { note, device: Buffer.from(marks.device, 'hex'), prefix: Buffer.from(marks.prefix, 'hex'), key: key.secret.toString('hex') };
    }

    const rowOf = ({ note: words, device, prefix }) => ({ words, device, prefix });

    /** A report whose time ends while no server runs. @returns what is left of it then */
    async function outliveAReport(server) {
      const meant = await Guest.enter(server);
      assert.equal(said(await meetAndReport(server, {}, meant, 'ta', 'hate', note)), 'noted');
      const traces = rowOf(left(filesOf(server.stateDirectory), meant));
      const [{ deleted }] = await asked(server, 'reports');
      await server.kill();
      await until('the end of its time', () => Date.now() / 1000 > seconds(deleted), kPatient);
      return traces;
    }

    it('the running server has deleted the report, the ban and the key, in every file', kLimit, service(async (server) => {
      const meant = await Guest.enter(server);
      assert.equal(said(await meetAndReport(server, {}, meant, 'ta', 'hate', note)), 'noted');
      assert.match(await command(server, 'reports', 'ban', '1'), /as long as the report is kept/);
      const traces = left(filesOf(server.stateDirectory), meant);
      const found = () => foundIn(filesOf(server.stateDirectory), traces);
      const none = (places) => {
        if (places.length > 0) throw new Error(`found ${places.join(', ')}`);
        return true;
      };
      const everything = ['note in reports.db', 'device in reports.db', 'prefix in reports.db', 'key in report-keys'];
      assert.deepEqual(found().sort(), everything.sort());

      await until('the report to go', () => none(found().filter((where) => !where.endsWith('report-keys'))), kPatient);
      const { reports, bans } = await tablesOf(server.stateDirectory);
      assert.deepEqual([reports.rows, bans.rows], [[], []]);
      await untilSeekIs(meant, 'ta', 'waiting');
      // Its key could make other marks until now, and goes one retention after that.
      await until('the key to go', () => none(found()), kPatient);
      const files = filesOf(server.stateDirectory);
      assert.deepEqual(foundIn(files, tracesOf(meant)), []);
      assert.deepEqual([...files.keys()].sort(), ['key', 'report-keys', 'reports.db']);
    }, kRetentionDays));

    it('a server that was down deletes before it serves', kLimit, service(async (server) => {
      const traces = await outliveAReport(server);
      assert.equal(foundIn(filesOf(server.stateDirectory), traces).length, 3, 'nobody was there to delete it');
      await server.start();
      assert.deepEqual(foundIn(filesOf(server.stateDirectory), traces), []);
    }, kRetentionDays));

    it("the operator's look at the reports deletes as well, without a server", kLimit, service(async (server) => {
      const traces = await outliveAReport(server);
      assert.equal(await command(server, 'reports', '--all'), `No reports in ${server.stateDirectory}.\n`);
      assert.deepEqual(foundIn(filesOf(server.stateDirectory), traces), []);
    }, kRetentionDays));
  });
});
