// npm `peer` (PeerServer) and beside it a page that calls by npm `peerjs`, its client: `node call_site.mjs HOST PORT`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PeerServer } from 'peer';

const [host, port] = process.argv.slice(2);
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const files = {
  '/call': ['html', readFileSync(beside('call_page.html'))],
  '/peerjs.js': ['js', readFileSync(beside('../node_modules/peerjs/dist/peerjs.min.js'))],
};

const site = PeerServer({ port: Number(port), host, path: '/' }, () => process.send({ port }));
for (const [path, [type, content]] of Object.entries(files)) site.get(path, (_, response) => response.type(type).send(content));
