// npm `peer` (PeerServer), its limit of concurrent clients raised and its idle time-out too: a signaling server people use.
import { readFileSync } from 'node:fs';
import { PeerServer } from 'peer';
import { answerParent } from './parent.mjs';

const [cert, key] = process.argv.slice(2);
const ssl = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
PeerServer({ port: 0, host: '127.0.0.1', path: '/', concurrent_limit: 100_000, alive_timeout: 3_600_000, ssl }, (server) => answerParent(server.address().port));
