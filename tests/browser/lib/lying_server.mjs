// A server that lies: stands before the real one, passes on the page as it is, and changes what the real one says over the WebSocket.
// `node lying_server.mjs LISTEN_HOST PORT REAL_ORIGIN JSON` says "ready" once it listens; JSON are the options of `lie`, or `{forward}` with the
// kind that a forwarder's candidates are said to be (blind_forwarder.mjs), which then tells at `/passed` what it has passed on, or `{intrude}` with
// the listener of one who intrudes (intruder.mjs) once `/intrude` is asked for, and tells at `/injections` what was said.
import { spawn } from 'node:child_process';
import { createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import WebSocket, { WebSocketServer } from 'ws';
import { BlindForwarder } from './blind_forwarder.mjs';
import { Intruder } from './intruder.mjs';

const kSelf = fileURLToPath(import.meta.url);
const kSubprotocol = 'visavis.1';

/**
 * What such a server makes of one message of the real one.
 * @param {object} message @param {number} greetings how many it has let pass to this address before
 * @param {{strangers: string[], required?: boolean}} options strangers: addresses that would like to hear from whoever hides;
 *   required: says at first that everybody must hide, and takes it back later
 */
export function lie(message, greetings, { strangers, required = false }) {
  switch (message.type) {
    case 'welcome':
      return { ...message, features: { ...message.features, privacy: required && greetings === 0 ? 'relay_only' : 'direct', stun: [`stun:${inUrl(strangers[1])}:3478`] } };
    case 'accepted':
    case 'servers':
      return { ...message, ...(message.intro?.startsWith('{') && { intro: openIntro(message.intro, strangers) }), ice_servers: strangersFirst(message, strangers) };
    case 'relay':
      // What is sealed it can only pass on, or keep.
      return message.body.startsWith('{') ? { ...message, body: JSON.stringify(withStrangers(JSON.parse(message.body), strangers)) } : message;
    default:
      return message;
  }
}

/** As a URL has it. */
export const inUrl = (address) => (address.includes(':') ? `[${address}]` : address);

/**
 * To ask a stranger for one's own address, or for a relay, would be to show it. One true relay stays: without any there is no call to judge, and a page takes
 * no more than three addresses. @param {string[]} strangers two of them, and more that are no relays
 */
function strangersFirst({ type, ice_servers: servers }, strangers) {
  const [one, other] = strangers.map(inUrl);
  const relay = servers.find(({ urls }) => urls.some((url) => url.startsWith('turn')));
  const own = relay.urls.find((url) => url.startsWith('turn'));
  const first = [{ urls: [`stun:${other}:3478`], username: '', credential: '' }, { ...relay, urls: [`turn:${one}:3478?transport=udp`, own] }];
  return type === 'accepted' ? first : [{ ...relay, urls: [`turn:${one}:3478?transport=tcp`, `turn:${other}:3478?transport=udp`, own] }];
}

/** The partner hides nothing, and would like to see that in others. */
function openIntro(intro, strangers) {
  const read = JSON.parse(intro);
  return JSON.stringify({ ...read, can: { ...read.can, relay_only: false }, candidates: amongStrangers(read.candidates ?? [], strangers) });
}

/** Candidates of the best kind, at the strangers' addresses. */
const linesOf = (strangers) => strangers.map((address, index) => `candidate:${900 + index} 1 udp 2122260223 ${address} 50000 typ host`);

function amongStrangers(list, strangers) {
  const { candidate, ...where } = list[0] ?? { sdpMid: '0', sdpMLineIndex: 0 };
  return [...linesOf(strangers).map((line) => ({ ...where, candidate: line })), ...list];
}

function withStrangers(body, strangers) {
  const lines = linesOf(strangers);
  if (body.kind === 'candidates') return { ...body, list: amongStrangers(body.list, strangers) };
  if (body.kind !== 'offer' && body.kind !== 'answer') return body;
  return { ...body, sdp: body.sdp.replace(/^(a=ice-ufrag:.*\r\n)/gm, (line) => `${line}${lines.map((text) => `a=${text}\r\n`).join('')}`) };
}

async function serve(host, port, real, options) {
  const forwarder = options.forward && (await BlindForwarder.at(host, options.forward));
  const intruder = options.intrude && new Intruder(options.intrude);
  const { hostname, port: realPort } = new URL(real);
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    if (forwarder && path === '/passed') return answer.end(JSON.stringify(forwarder.passed));
    if (intruder && path === '/intrude') return answer.end(JSON.stringify(intruder.intrude() ?? {}));
    if (intruder && path === '/injections') return answer.end(JSON.stringify(intruder.injections()));
    const passed = request({ hostname, port: realPort, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => kSubprotocol });
  const greetings = {};
  server.on('upgrade', (asked, socket, head) => {
    const from = asked.socket.remoteAddress;
    sockets.handleUpgrade(asked, socket, head, (page) => {
      const { host: name, origin } = asked.headers;
      const upstream = new WebSocket(`ws://${hostname}:${realPort}${asked.url}`, kSubprotocol, { headers: { host: name }, origin });
      const waiting = [];
      page.on('message', (data) => {
        const said = intruder ? JSON.stringify(intruder.fromPage(JSON.parse(data), from)) : String(data);
        if (upstream.readyState === WebSocket.OPEN) upstream.send(said);
        else waiting.push(said);
      });
      const say = (told) => page.send(JSON.stringify(told));
      const heardBy = (message) => {
        if (intruder) return intruder.lie(message, from, say);
        return [forwarder ? forwarder.lie(message, from) : lie(message, greetings[from] ?? 0, options)];
      };
      upstream.on('open', () => waiting.splice(0).forEach((text) => upstream.send(text)));
      upstream.on('message', (data) => {
        const message = JSON.parse(data);
        for (const told of heardBy(message)) say(told);
        if (message.type === 'welcome') greetings[from] = (greetings[from] ?? 0) + 1;
      });
      for (const [one, other] of [[page, upstream], [upstream, page]]) {
        one.on('close', () => other.close());
        one.on('error', () => other.terminate());
      }
    });
  });
  server.listen(port, host, () => console.log('ready'));
}

/** Runs `body(origin)` while a liar stands at that origin. @param {string[]} prefix the command that enters its namespace @param {string} [liar.name] what `host` is called */
export async function withLyingServer(prefix, { host, name = host, port, real, options }, body) {
  const [command, ...args] = [...prefix, process.execPath, kSelf, host, String(port), real, JSON.stringify(options)];
  const liar = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => liar.once('exit', resolve));
  try {
    await new Promise((resolve, reject) => {
      liar.stdout.once('data', resolve);
      ended.then((code) => reject(new Error(`the lying server ended with ${code}`)));
    });
    return await body(`http://${name}:${port}`);
  } finally {
    liar.kill();
    await ended;
  }
}

if (process.argv[1] === kSelf) {
  const [host, port, real, options] = process.argv.slice(2);
  await serve(host, Number(port), real, JSON.parse(options));
}
