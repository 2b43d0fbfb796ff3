// Two real browsers, the real program, one call at a time. One file, because browsers are kept open across cases and
// two cores carry no more than one call (`npm test`; `--test-name-pattern=…` runs some of it).
import { after, before, describe, it } from 'node:test';
import { accessibilityCases } from './cases/accessibility.mjs';
import { hintLookCases } from './cases/accessibility_hints.mjs';
import { rareLookCases } from './cases/accessibility_rare.mjs';
import { abuseCases } from './cases/abuse.mjs';
import { callScreenCases } from './cases/call_screen.mjs';
import { callCases } from './cases/calls.mjs';
import { detailCases } from './cases/details.mjs';
import { comingBackCases } from './cases/coming_back.mjs';
import { deviceCases } from './cases/devices.mjs';
import { deviceLifeCases } from './cases/devices_life.mjs';
import { exampleCases } from './cases/examples.mjs';
import { failureCases } from './cases/failures.mjs';
import { deviceFailureCases } from './cases/failures_devices.mjs';
import { meetingFailureCases } from './cases/failures_meeting.mjs';
import { handshakeCases } from './cases/handshake.mjs';
import { keyboardCases } from './cases/keyboard.mjs';
import { ladderCases } from './cases/ladder.mjs';
import { languageCases } from './cases/languages.mjs';
import { layoutCases } from './cases/layout.mjs';
import { madeCases } from './cases/made.mjs';
import { mirrorCases } from './cases/mirrored.mjs';
import { nativeCases } from './cases/native.mjs';
import { pictureCases } from './cases/pictures.mjs';
import { relayCases } from './cases/relay.mjs';
import { pageCases } from './cases/page.mjs';
import { restartCases } from './cases/restart.mjs';
import { roomCases } from './cases/rooms.mjs';
import { safetyCases } from './cases/safety.mjs';
import { safetyCodeCases } from './cases/safety_code.mjs';
import { tlsCases } from './cases/tls.mjs';
import { weakDeviceCases } from './cases/weak_device.mjs';
import { LocalBrowser } from './lib/browser.mjs';
import { BrowserPool, scene } from './lib/scene.mjs';
import { Server } from './lib/server.mjs';

const kCaseLimit = 240_000; // ms; a call takes 3 to 15 s, a walk through every screen a minute or more

describe('two browsers and one server', () => {
  let server;
  let pool;

  before(async () => {
    server = await Server.onLoopback(['--log-level', 'debug']);
    pool = new BrowserPool((kind) => LocalBrowser.start(kind));
  });

  after(async () => {
    await pool?.close();
    await server?.stop();
  });

  /** One case with one person for each kind of browser. `body(server, ...people)`. `probe`: as in lib/page_probe.mjs. */
  const scenario = (name, kinds, body, { probe } = {}) => {
    const title = `${name}: ${kinds.join(', ')}`;
    it(title, { timeout: kCaseLimit }, () => scene({ name: title, pool, server, kinds, probe }, async (...people) => {
      if (!server.pid) await server.start(); // a scene that failed may have left it stopped
      await body(server, ...people);
      // Some close the page as a part of their case.
      for (const person of people.filter(({ page }) => !page.isClosed)) await person.assertKeptToItsServer();
    }));
  };

  callCases(scenario);
  relayCases(scenario);
  roomCases(scenario);
  abuseCases(scenario);
  safetyCases(scenario);
  safetyCodeCases(scenario);
  nativeCases(scenario);
  restartCases(scenario);
  handshakeCases(scenario);
  keyboardCases(scenario);
  pageCases(scenario);
  callScreenCases(scenario);
  detailCases(scenario);
  comingBackCases(scenario);
  deviceCases(scenario);
  deviceLifeCases(scenario);
  ladderCases(scenario);
  languageCases(scenario);
  layoutCases(scenario);
  madeCases(scenario);
  mirrorCases(scenario);
  accessibilityCases(scenario);
  rareLookCases(scenario);
  hintLookCases(scenario);
  failureCases(scenario);
  deviceFailureCases(scenario);
  meetingFailureCases(scenario);
  tlsCases();
  pictureCases();
  weakDeviceCases();
  exampleCases(() => pool);
});
