// Files over HTTP on a port of their own: what a page of somebody else's is served by.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { freePort } from './server.mjs';

const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };

export class Files {
  #places;
  #server = createServer((request, response) => this.#answer(request, response));

  /** @param {Record<string, string>} places folder or file of this machine by the path it is served under */
  constructor(places) {
    this.#places = Object.entries(places);
  }

  async start() {
    const port = await freePort();
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.origin = `http://localhost:${port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request, response) {
    const file = this.#find(new URL(request.url, 'http://localhost').pathname);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': kTypes[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  }

  #find(asked) {
    const [under, place] = this.#places.find(([prefix]) => asked.startsWith(prefix)) ?? [];
    if (place === undefined) return null;
    const rest = asked.slice(under.length);
    const file = path.join(place, rest === '' && under.endsWith('/') ? 'index.html' : rest);
    return existsSync(file) ? file : null;
  }
}
