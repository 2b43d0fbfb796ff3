// Our own peers behind the kernel's own NAT, and what a call of theirs lives through there: a router that starts anew, a home that gets
// another address, a device that comes to another network. Nothing but a restart of ICE helps, which whoever is told of it asks for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { negotiate } from '../../interop/ends/ends.mjs';
import { Faults } from '../lib/faults.mjs';
import { kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { exchange, meet, pathOf, withNatives } from '../lib/native_call.mjs';
import { serveNatives } from '../lib/serve.mjs';

const { edges, far } = JSON.parse(readFileSync(new URL('../lib/meetings.json', import.meta.url)));
const kRelay = { addresses: [kServer], port: 3490, secret: 'a secret of the two homes' };
const kLimit = { timeout: 60_000 };
/** The lab's routers in the oracle's words. */
const kEdges = { open: 'open', full: 'NAT EI/EI', addr: 'NAT EI/AD', port: 'NAT EI/APD', sym: 'NAT APD/APD' };

/** ms: by docs/rfc/ice.md nothing has come for 7 s then. */
const kNoticeLimit = 9_000;
/** ms from the restart on. */
const kMendLimit = 1_500;
const kAway = 500; // ms without a link

/** @param {() => {lab: object}} world */
export function nativeLifeCases(world) {
  describe('our own peers behind the kernel\'s own NAT', () => {
    const own = {};

    const ready = async () => {
      own.server ??= await serveNatives(world().lab, 'srv', kRelay.addresses, { ports: [8088, kRelay.port], secret: kRelay.secret });
      return world().lab;
    };
    after(() => own.server?.stop());

    const call = (lab, body) => withNatives([1, 2].map((n) => lab.enter(`h${n}`)), kRelay, body);

    it('any two of the lab\'s routers: direct or relayed, as the oracle says', kLimit, async (context) => {
      const lab = await ready();
      const since = performance.now();
      for (const [one, first] of Object.entries(kEdges)) {
        lab.setMode(1, one);
        for (const [two, second] of Object.entries(kEdges)) {
          lab.setMode(2, two);
          const [a, b] = [first, second].map((name) => edges.findIndex((edge) => edge.name === name));
          const { path } = await call(lab, meet);
          assert.equal(path, far[a][b], `${one} to ${two}`);
        }
      }
      context.diagnostic(`25 calls in ${((performance.now() - since) / 1_000).toFixed(1)} s`);
    });

    /** `offers`: who asks for the restart; `isTold`: the device in home 1 knows at once, else both find out that nothing comes any more; `path`: before and after. */
    const mends = (name, { offers, isTold, mode = 'port', path = 'direct' }, happens) => {
      it(`${name}: a restart of ICE mends it, asked for by who ${offers === 0 ? 'offered' : 'answered'} before`, kLimit, async (context) => {
        const lab = await ready();
        for (const n of [1, 2]) lab.setMode(n, mode);
        const faults = new Faults(lab);
        try {
          await call(lab, async (...ends) => {
            assert.equal((await meet(...ends)).path, path);
            const since = performance.now();
            await happens(faults);
            const broken = performance.now();
            const notices = ends.map((end) => isTold || end.state('disconnected', { limit: kNoticeLimit }));
            // Where only one of the two hears nothing any more, that is enough.
            await (path === 'direct' ? Promise.all(notices) : Promise.any(notices));
            const noticed = performance.now();
            if (isTold) await ends[0].ask('moved');
            const [first, second] = offers === 0 ? ends : [...ends].reverse();
            const { ice: before } = await first.ask('stats');
            await negotiate(first, second, { restart: true });
            assert.equal(await pathOf(first, second, { past: before.ufrag }), path);
            const found = performance.now();
            await exchange(...ends);
            const mended = performance.now();
            const told = [`away for ${(broken - since).toFixed(0)} ms`, `noticed ${(noticed - broken).toFixed(0)} ms later`, `a way after another ${(found - noticed).toFixed(0)} ms`, `words both ways after ${(mended - noticed).toFixed(0)}`];
            context.diagnostic(told.join(', '));
            assert.ok(mended - noticed < kMendLimit, `mended within ${kMendLimit} ms: ${told.join(', ')}`);
          });
        } finally {
          await faults.close();
        }
      });
    };

    for (const offers of [0, 1]) {
      // To find it out takes seven seconds.
      if (kIsLong || offers === 0) mends('a router that starts anew, with other ports', { offers, isTold: false }, (faults) => faults.rebootRouter(1, kAway));
      if (kIsLong || offers === 1) mends('a home that gets another address', { offers, isTold: false }, (faults) => faults.renumberHome(1));
      // The relay knows who asked it by a port that is gone. The other end's relay is left, through which the moved one may even be heard.
      if (kIsLong) mends('a router of many ports that starts anew', { offers, isTold: false, mode: 'sym', path: 'relayed' }, (faults) => faults.rebootRouter(1, kAway));
      mends('a device that comes to another network', { offers, isTold: true }, async (faults) => {
        faults.addMobile();
        await faults.leaveForMobile(kAway);
      });
    }
  });
}
