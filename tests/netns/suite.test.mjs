// Calls between two homes behind NATs, judged by what the kernel counts and captures (`npm test`, as root).
// VISAVIS_LONG=1, which `./dev test --long` sets, runs all NAT pairs and all faults for all browser pairs, and each fault several times.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BrowserPool, scene } from '../browser/lib/scene.mjs';
import { RemoteBrowser } from '../browser/lib/remote.mjs';
import { budgetCases } from './cases/budget.mjs';
import { captureCases } from './cases/capture.mjs';
import { defaultCases } from './cases/defaults.mjs';
import { dualStackCases } from './cases/dual_stack.mjs';
import { faultCases } from './cases/faults.mjs';
import { floodCases } from './cases/flood.mjs';
import { forwarderCases } from './cases/forwarder.mjs';
import { gapCases } from './cases/gaps.mjs';
import { gateCases } from './cases/gate.mjs';
import { hiddenCases } from './cases/hidden.mjs';
import { intruderCases } from './cases/intruder.mjs';
import { livesOnCases } from './cases/lives_on.mjs';
import { lossyCases } from './cases/lossy.mjs';
import { madeCases } from './cases/made.mjs';
import { meetingCases } from './cases/meeting.mjs';
import { natCases } from './cases/nat.mjs';
import { nativeLifeCases } from './cases/native_life.mjs';
import { nativeMatrixCases } from './cases/native_matrix.mjs';
import { pathCases } from './cases/paths.mjs';
import { plannedCases } from './cases/planned.mjs';
import { regionCases } from './cases/regions.mjs';
import { secrecyCases } from './cases/secrecy.mjs';
import { serverCases } from './cases/servers.mjs';
import { survivalCases } from './cases/survival.mjs';
import { thinCases } from './cases/thin.mjs';
import { webOnlyCases } from './cases/web_only.mjs';
import { kMobileAddresses } from './lib/faults.mjs';
import { everyAddressOf, Lab, whyNoLab } from './lib/lab.mjs';
import { serveInLab } from './lib/serve.mjs';

const kCaseLimit = 180_000; // ms

describe('captures are judged rightly', captureCases);
describe('gaps in a picture are measured rightly', gapCases);

function labCases() {
  const world = {};

  before(async () => {
    world.lab = new Lab();
    world.server = await serveInLab(world.lab);
    world.pool = new BrowserPool((kind, seat, options = {}) =>
      RemoteBrowser.start(world.lab.enter(`h${seat + 1}`), kind, { secureOrigins: [world.server.origin], ...options }),
    );
  });

  after(async () => {
    await world.pool?.close();
    await world.server?.stop();
    world.lab?.close();
  });

  /**
   * One case: person 1 in home 1, person 2 in home 2, their routers as named.
   * `body({lab, server}, first, second)`
   */
  const scenario = (name, kinds, modes, body, { probe, browser } = {}) => {
    const title = `${name}: ${kinds.join(', ')} behind ${modes.join(', ')}`;
    it(title, { timeout: kCaseLimit }, async () => {
      const { lab, server, pool } = world;
      const changed = modes.map((mode, index) => lab.setMode(index + 1, mode));
      if (changed.includes(true)) await pool.close();
      const options = { name: title, pool, server, kinds, probe, browser, evidence: () => lab.mappings() };
      await scene(options, (...people) => body({ lab, server }, ...people));
    });
  };

  natCases(() => world.lab);
  nativeMatrixCases(() => world.lab);
  nativeLifeCases(() => world);
  lossyCases(() => world);
  faultCases(() => world);
  pathCases(scenario);
  meetingCases(scenario);
  madeCases(scenario);
  budgetCases(scenario);
  secrecyCases(scenario);
  livesOnCases(() => world);
  hiddenCases(() => world);
  forwarderCases(() => world);
  intruderCases(() => world);
  thinCases(scenario);
  serverCases(() => world);
  defaultCases(() => world);
  dualStackCases(() => world);
  webOnlyCases(() => world);
  gateCases(() => world);
  plannedCases(() => world);
  regionCases(() => world);
  survivalCases(() => world);
  floodCases(() => world);

  // After all the others: what they did stands in the log, at its most talkative.
  it('the server has logged nobody\'s address', () => {
    const log = world.server.log();
    assert.match(log, /^visavis is ready$/m);
    for (const address of [...[1, 2].flatMap((n) => everyAddressOf(n)), ...kMobileAddresses]) assert.ok(!log.includes(address), `${address} stands in the log`);
  });
}

// A failure instead of a skip: where there is no lab, nothing has been tested.
const reason = whyNoLab();
const kWayOut = 'run ./dev test netns, which installs what is missing, as root and where network namespaces are allowed';
if (reason) it('the network lab can be built', () => assert.fail(`the network lab cannot be built here (${reason}); ${kWayOut}`));
else describe('two homes and a server', labCases);
