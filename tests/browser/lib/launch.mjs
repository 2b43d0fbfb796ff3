// Starts Debian's Chromium (CDP over a pipe) or Firefox ESR (WebDriver BiDi) with fake camera and microphone.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

const kChromiumPaths = ['/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/bin/google-chrome'];
const kFirefoxPaths = ['/usr/bin/firefox-esr', '/usr/lib/firefox-esr/firefox-esr', '/usr/bin/firefox'];

// Firefox asks several services at start; in a network without a way out each of them costs seconds.
const kFirefoxQuiet = {
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.push.connection.enabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'media.gmp-manager.url': '',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'network.trr.mode': 5,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
};

/** A name of this machine that is no secure address: what a phone sees of a server without TLS. */
export const kPlainHost = 'plain.test';

// What a person who has pressed "allow" has: the fake devices, real host candidates.
const kFirefoxMedia = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // A sound system that nobody hears: without any, as here, no audio context ever runs.
  'media.cubeb.force_mock_context': true,
};

/** Firefox as somebody has it who sees only strong colours and is made ill by what moves: no protocol tells it so later. */
export const kFirefoxWithWishes = 'firefox, forced colours, no motion';
const kFirefoxWishes = {
  'browser.display.document_color_use': 2,
  'ui.prefersReducedMotion': 1,
};

/** Chromium with more cameras than one. The second gives pictures of a kind that no call takes: `hideSecondCamera` in the page. */
export const kChromiumWithCameras = 'chromium, several cameras';

/** Runs in the page. */
export function hideSecondCamera() {
  const { enumerateDevices } = MediaDevices.prototype;
  MediaDevices.prototype.enumerateDevices = async function () {
    const all = await enumerateDevices.call(this);
    const second = all.filter(({ kind }) => kind === 'videoinput')[1];
    return all.filter((device) => device !== second);
  };
}

function executable(kind) {
  const fromEnvironment = process.env[kind === 'chromium' ? 'VISAVIS_CHROMIUM' : 'VISAVIS_FIREFOX'];
  const paths = fromEnvironment ? [fromEnvironment] : kind === 'chromium' ? kChromiumPaths : kFirefoxPaths;
  const found = paths.find((path) => existsSync(path));
  if (!found) throw new Error(`no ${kind} found (looked at ${paths.join(', ')})`);
  return found;
}

/** The folder Chromium and Firefox keep trusted certificates in, with one more. @param {string} ca file of a certificate, PEM */
function trustStore(folder, ca) {
  mkdirSync(folder, { recursive: true });
  execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${folder}`], { stdio: 'ignore' });
  execFileSync('certutil', ['-A', '-n', 'tests', '-t', 'C,,', '-i', ca, '-d', `sql:${folder}`], { stdio: 'ignore' });
}

function chromiumOptions({ secureOrigins, acceptInsecureCerts, trust, hasCameras }) {
  const args = [
    '--disable-dev-shm-usage',
    '--use-fake-ui-for-media-stream',
    `--use-fake-device-for-media-stream=fps=30,device-count=${hasCameras ? 3 : 1}`,
    '--mute-audio',
    `--host-resolver-rules=MAP ${kPlainHost} 127.0.0.1`,
  ];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  if (secureOrigins.length) args.push(`--unsafely-treat-insecure-origin-as-secure=${secureOrigins.join(',')}`);
  const options = { browser: 'chrome', pipe: true, acceptInsecureCerts, args };
  if (!trust) return options;
  const home = mkdtempSync(path.join(tmpdir(), 'visavis-home-'));
  trustStore(path.join(home, '.pki/nssdb'), trust);
  return { ...options, env: { ...process.env, HOME: home }, folder: home };
}

function firefoxOptions({ secureOrigins, acceptInsecureCerts, trust, hasWishes }) {
  const allowed = secureOrigins.map((origin) => new URL(origin).hostname);
  const wishes = hasWishes ? kFirefoxWishes : {};
  const prefs = { ...kFirefoxQuiet, ...kFirefoxMedia, ...wishes, 'network.dns.localDomains': kPlainHost };
  if (allowed.length) prefs['dom.securecontext.allowlist'] = allowed.join(',');
  const options = { browser: 'firefox', acceptInsecureCerts, extraPrefsFirefox: prefs };
  if (!trust) return options;
  const profile = mkdtempSync(path.join(tmpdir(), 'visavis-profile-'));
  trustStore(profile, trust);
  return { ...options, userDataDir: profile, folder: profile };
}

/** 'chromium' or 'firefox', whatever else is wished of it. */
export const kindOf = (name) => name.split(',')[0];

/**
 * @param {'chromium'|'firefox'|kFirefoxWithWishes|kChromiumWithCameras} name
 * @param {{secureOrigins?: string[], acceptInsecureCerts?: boolean, trust?: string}} options
 *   secureOrigins: plain-HTTP origins to treat as secure. trust: file of a certificate the browser is to trust, PEM.
 * A launch (never a call) is tried three times: it competes with whatever else starts on the machine.
 */
export async function launch(name, { secureOrigins = [], acceptInsecureCerts = false, trust } = {}) {
  const options = { secureOrigins, acceptInsecureCerts, trust, hasWishes: name === kFirefoxWithWishes, hasCameras: name === kChromiumWithCameras };
  const kind = kindOf(name);
  const { folder, ...specific } = kind === 'chromium' ? chromiumOptions(options) : firefoxOptions(options);
  if (folder) process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  let failure;
  for (let attempt = 1; attempt <= 3; ++attempt) {
    try {
      return await puppeteer.launch({
        executablePath: executable(kind),
        headless: true,
        timeout: 60_000,
        protocolTimeout: 60_000,
        handleSIGINT: false,
        ...specific,
      });
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`${kind} does not start: ${failure.message}`);
}
