// The three servers that are compared, each with the same certificate and one connection's first words.
import { execFileSync, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, Server } from '../../tests/browser/lib/server.mjs';
import { newSessionKey } from '../../tests/browser/lib/signaling_client.mjs';

const kMany = '100000';

/** A P-256 certificate for localhost. @returns {{cert: string, key: string}} files */
export function makeCertificate(directory) {
  const [cert, key] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
  const parameters = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', ...parameters, '-days', '2', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { cert, key };
}

async function startNode(file, { cert, key }) {
  const script = fileURLToPath(new URL(`../peers/${file}`, import.meta.url));
  const child = fork(script, [cert, key], { execArgv: ['--expose-gc'] });
  const answer = (known) => new Promise((resolve, reject) => {
    const done = (message) => known(message) && (child.off('message', done), resolve(message));
    child.on('message', done);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  const { port } = await answer((message) => message.port);
  return {
    pid: child.pid,
    port,
    collect: async () => {
      const collected = answer((message) => message === 'collected');
      child.send('collect');
      await collected;
    },
    stop: () => new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill();
    }),
  };
}

/** `visavis serve` with its limits on connections raised; everything else as it comes. */
export async function startVisavis({ cert, key }) {
  const [port, turn, metrics] = await freePorts(3);
  const listen = ['--listen', `127.0.0.1:${port}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
  const limits = ['--connections-max', kMany, '--connections-per-address', kMany];
  const tls = ['--tls-cert', cert, '--tls-key', key];
  const server = new Server({ origin: `https://localhost:${port}`, flags: [...listen, ...tls, ...limits] });
  await server.start();
  return { pid: server.pid, port, collect: async () => {}, stop: () => server.stop() };
}

// One key serves all sessions of the load: making 8 000 would measure the generator.
const kKey = newSessionKey();

export const kSubjects = [
  {
    name: 'visavis',
    start: startVisavis,
    target: () => ({ path: '/ws', protocol: 'visavis.1' }),
    begin: async (socket) => {
      await socket.next('challenge');
      socket.send({ type: 'hello', version: 1, key: kKey });
      await socket.next('welcome');
    },
  },
  { name: 'ws', start: (tls) => startNode('ws_server.mjs', tls), target: () => ({ path: '/ws' }), begin: async () => {} },
  {
    name: 'peer',
    start: (tls) => startNode('peer_server.mjs', tls),
    target: () => ({ path: `/peerjs?key=peerjs&id=${randomBytes(16).toString('hex')}&token=${randomBytes(8).toString('hex')}` }),
    begin: (socket) => socket.next('OPEN'),
  },
];
