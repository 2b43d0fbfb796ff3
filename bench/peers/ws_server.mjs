// npm `ws` on node's https, doing nothing: the server visavis is measured against.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { answerParent } from './parent.mjs';

const [cert, key] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
new WebSocketServer({ server, path: '/ws' }).on('connection', (socket) => socket.on('message', () => {}));
server.listen(0, '127.0.0.1', () => answerParent(server.address().port));
