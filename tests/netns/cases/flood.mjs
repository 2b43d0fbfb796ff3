// Who has no password costs the relay neither memory nor the calls of those who have one.
// FLOOD_SECONDS=20 floods for less than the minute.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { until } from '../../browser/lib/poll.mjs';
import { kServer6 } from '../lib/dual_stack.mjs';
import { kNobodysAddress, withFlooded } from '../lib/flood.mjs';
import { kIsLong } from '../lib/long.mjs';

const kSeconds = Number(process.env.FLOOD_SECONDS ?? 60);
const kLimit = { timeout: 90_000 + 2 * kSeconds * 1000 };
const kLostMax = 0.001;
// Far below what the server can take, so that both sides and the calls have processor time left on two cores.
const kRate = 8_000; // packets a second
const kSources = 50_000;
const kHalfOpen = 5_000;
// Of each of flood.py's kinds so many, from as many addresses.
const kStrangers = { sources: 10_000, sources6: kIsLong ? 10_000 : 2_000, kinds: 7, rate: 14_000, memoryMax: 256 }; // kB
// What an allocator keeps, in pieces, where there was nothing before: 1.5 to 2.4 MB seen. Of the 30 000 handshakes of a flood a
// leak of 160 bytes each would be more.
const kKeptMax = 4096; // kB
// What it keeps beyond that when the same comes again: of 10 000 streams a leak of 128 bytes each would be more.
const kKeptAgainMax = 1024; // kB

const kIdle = 10_000;
// From their beginning, in seconds: connection.h gives ten; the machine may be late.
const kDeadline = { soonest: 9, latest: 20 };
const kIdleMemoryMax = 32; // kB of one; half of them have begun with TLS

// As auth_log.h has them where addresses are hidden, with some time for the guesses before the count.
const kLines = { burst: 20, perSecond: 1 / 60 };

const kSeen = /^visavis_turn_dropped_total|^visavis_turn_errors_total|^visavis_stun_bindings_total/;

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function floodCases(world) {
  it('what a call loses is counted', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    await withFlooded(lab, async (flooded) => {
      flooded.loseOneOf(10);
      const { sent, lost, lostFrom } = await flooded.call({ calls: 2, seconds: 3 }).result();
      const figures = JSON.stringify({ sent, lost, lostFrom });
      assert.ok(lostFrom.udp > 0, `a tenth of what two ends send over UDP: ${figures}`);
      assert.equal(lost, lostFrom.udp, `and nothing of what came over streams: ${figures}`);
    });
  });

  it(`${kStrangers.sources} forged sources of each kind of packet cost the relay less than 1 MB, and ${kStrangers.sources6} over IPv6`, kLimit, async (context) => {
    const { lab, pool } = world();
    await pool.close();
    await withFlooded(lab, async (flooded) => {
      for (const [server, many] of [[undefined, kStrangers.sources], [kServer6, kStrangers.sources6]]) {
        const flood = async (sources) => {
          const all = sources * kStrangers.kinds;
          const program = flooded.flood({ seconds: all / kStrangers.rate + 1, rate: kStrangers.rate, sources, ofEach: 'all', server });
          await program.said('ready');
          program.tell('start');
          const { sent, packets } = await program.result();
          assert.ok(packets === all && sent >= all, `${sent} packets were sent, of ${packets}, not one of each kind for each source`);
          return sent;
        };
        await flood(100); // its first metrics, its first log lines
        const [memory, seen] = [flooded.memory(), flooded.counted(kSeen)];
        const sent = await flood(many);
        await until('the relay has seen them', () => flooded.counted(kSeen) - seen >= sent * 0.99);
        const grown = flooded.memory() - memory;
        context.diagnostic(`${grown} kB for ${sent} packets`);
        assert.ok(grown < kStrangers.memoryMax, `${grown} kB for ${many} sources`);
      }
    }, { hasIpv6: true });
  });

  it(`${kIdle} streams that say half a header are ended at their deadline, and cost no call anything`, kLimit, async (context) => {
    const { lab, pool } = world();
    await pool.close();
    await withFlooded(lab, async (flooded) => {
      // Whose first bytes are STUN's is TURN's from there on. The question itself takes a connection.
      const open = () => flooded.counted(/^visavis_connections |^visavis_turn_streams\{/) - 1;
      await flooded.call({ calls: 8, seconds: 1 }).result();
      await until('the end of the first calls', () => open() <= 0);
      const memory = flooded.memory();

      const calls = flooded.call({ calls: 8 });
      await calls.said('talking');
      calls.tell('count');
      let talking = open();
      const hold = async () => {
        const idle = flooded.idle(kIdle);
        await idle.said('open');
        const held = await until('the server holds all of them', () => {
          const now = open() - talking;
          if (now < kIdle) throw new Error(`${now} are open`);
          return { open: now, kb: flooded.memory() - memory };
        }, { limit: kDeadline.soonest * 1000 });
        const late = await flooded.call({ calls: 4, seconds: 2 }).result();
        const ended = await idle.result();
        const figures = JSON.stringify({ held, ended, late });
        context.diagnostic(figures);
        assert.equal(ended.answered, 0, `who has not said what they want is told nothing: ${figures}`);
        assert.ok(ended.first >= kDeadline.soonest && ended.last <= kDeadline.latest, `none is ended early, none is forgotten: ${figures}`);
        assert.ok(held.kb / held.open < kIdleMemoryMax, `each costs little: ${figures}`);
        assert.ok(late.sent > 0 && late.lost < late.sent * kLostMax, `too much was lost: ${figures}`);
      };
      await hold();
      calls.tell('stop');
      const heard = await calls.result();
      assert.ok(heard.sent > 0 && heard.lost < heard.sent * kLostMax, `too much was lost: ${JSON.stringify(heard)}`);
      const kept = await memoryIsBack(flooded, memory, kKeptMax, context);

      await until('the end of the calls', () => open() <= 0);
      talking = 0;
      await hold();
      await memoryIsBack(flooded, memory + kept, kKeptAgainMax, context);
    });
  });

  it(`calls through the relay go on in a flood of ${kSeconds} s from ${kSources} sources, and its memory comes back`, kLimit, async (context) => {
    const { lab, pool } = world();
    await pool.close();
    await withFlooded(lab, async (flooded) => {
      // The question itself takes a connection.
      const settled = () => flooded.counted(/^visavis_turn_allocations |^visavis_turn_streams\{/) === 0 && flooded.counted(/^visavis_connections /) <= 1;
      const calm = flooded.call({ calls: 8, seconds: 2 });
      await calm.result();
      await until('the end of the first calls', settled);
      const [memory, seen, overflows] = [flooded.memory(), flooded.counted(kSeen), flooded.overflows()];

      const calls = flooded.call({ calls: 8 });
      await calls.said('talking');
      const flood = flooded.flood({ seconds: kSeconds, rate: kRate, sources: kSources, halfOpen: kHalfOpen, guessers: 100 });
      await flood.said('ready');
      const used = flooded.processorTime();
      const since = Date.now();
      calls.tell('count');
      flood.tell('start');
      let peak = 0;
      const look = setInterval(() => (peak = Math.max(peak, flooded.memory() - memory)), 250);
      const enough = async () =>
        until('the server has that many handshakes open', () => {
          const now = flooded.counted(/^visavis_connections /);
          if (now < kHalfOpen * 0.95) throw new Error(`${now} are open`);
          return now;
        }, { limit: kSeconds * 1000, every: 500 });
      const [open, did] = await Promise.all([enough(), flood.result()]).finally(() => clearInterval(look));
      const came = did.sent + did.answered;
      // The calls go on through what the server does once the flood has gone.
      await until('the flood has come to the relay', () => {
        const more = flooded.counted(kSeen) - seen;
        if (more < came * 0.99) throw new Error(`${more} of ${came} packets have`);
        return true;
      });
      await until('the server gives memory back', () => flooded.logged('memory-given-back').length > 0 && flooded.counted(/^visavis_connections /) < 100, { limit: 60_000 });
      calls.tell('stop');
      const heard = await calls.result();
      const seconds = (Date.now() - since) / 1000;
      const trims = flooded.logged('memory-given-back').map(({ microseconds }) => Number(microseconds));
      const figures = JSON.stringify({ flood: did, open, calls: heard, processorSeconds: flooded.processorTime() - used, overflows: flooded.overflows() - overflows, peakKb: peak, trims });
      context.diagnostic(figures);

      assert.ok(did.sent >= Math.max(kSources, 0.8 * kRate * kSeconds), `each source has sent, and about as fast as was asked: ${figures}`);
      assert.ok(did.guessesAnswered > 0, `passwords were tried, and looked at: ${figures}`);
      assert.ok(heard.sent >= 0.9 * 16 * 50 * kSeconds, `the calls went on: ${figures}`);
      assert.ok(heard.lost < heard.sent * kLostMax, `too much was lost: ${figures}`);

      const refused = flooded.logged('turn-auth-refused').length;
      assert.ok(refused > 0 && refused <= kLines.burst + 1 + seconds * kLines.perSecond, `${refused} lines about guesses in ${seconds} s`);
      const shown = flooded.server.log().split('\n').filter((line) => kNobodysAddress.test(line));
      assert.deepEqual(shown, [], 'nobody\'s address stands in the log');

      await until('the end of all connections', settled, { limit: 40_000 });
      assert.ok(peak > 2 * kKeptMax, `there was something to give back: ${figures}`);
      await memoryIsBack(flooded, memory, kKeptMax, context);
    });
  });
}

/** @returns how much of it is kept beyond `before`, in kB: less than `most` */
async function memoryIsBack(flooded, before, most, context) {
  const { kept } = await until('its memory is back', () => {
    const now = flooded.memory() - before;
    if (now >= most) throw new Error(`${now} kB are kept`);
    return { kept: now };
  }, { limit: 60_000 });
  context.diagnostic(`${kept} kB more than before`);
  return kept;
}
