// What lies between one page and its server: a wire that carries everything, until it carries nothing more and tells neither end.
import { connect, createServer } from 'node:net';

export class Wire {
  #server;
  #sockets = new Set();
  #web = new Set();

  /** To the server at `origin`, from an origin of its own. */
  static async to(origin) {
    const wire = new Wire();
    const { hostname, port } = new URL(origin);
    wire.#server = createServer((near) => wire.#join(near, connect(Number(port), hostname)));
    await new Promise((resolve, reject) => {
      wire.#server.once('error', reject);
      wire.#server.listen(0, 'localhost', resolve);
    });
    wire.origin = `http://localhost:${wire.#server.address().port}`;
    return wire;
  }

  #join(near, far) {
    const ends = [near, far];
    for (const end of ends) {
      this.#sockets.add(end);
      end.on('error', () => {}); // it closes then, and so does the other
      end.on('close', () => {
        this.#sockets.delete(end);
        for (const each of ends) each.destroy();
      });
    }
    near.once('data', (first) => {
      if (String(first).startsWith('GET /ws ')) this.#web.add(ends);
    });
    near.pipe(far);
    far.pipe(near);
  }

  /** Every WebSocket there is stays open and carries nothing any more; new ones are as they should be. */
  silence() {
    for (const [near, far] of this.#web) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
    this.#web.clear();
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
