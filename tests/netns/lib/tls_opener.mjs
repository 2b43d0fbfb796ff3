// A network that opens TLS: on a home's router every connection to port 443 ends at this program, which has a certificate of an authority that
// the devices of that home trust, reads what is said, and passes it on over TLS of its own if it is HTTP. All else is cut off.
// `node tls_opener.mjs PORT CERT KEY SERVER NAME CA`, where CA is the authority of the server's own certificate.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import readline from 'node:readline';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

const kSelf = fileURLToPath(import.meta.url);

/** The same program, seen from the test. */
export class TlsOpener {
  /** What it did with each connection: `passed` or `cut`. */
  did = [];
  #process;

  static async open(prefix, { port, cert, key, host, name, ca }) {
    const opener = new TlsOpener();
    const [command, ...args] = [...prefix, process.execPath, kSelf, String(port), cert, key, host, name, ca];
    opener.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      opener.#process.once('exit', (code) => reject(new Error(`what opens TLS ended with ${code}`)));
      readline.createInterface({ input: opener.#process.stdout }).on('line', (line) => {
        if (line === 'open') resolve();
        else opener.did.push(line);
      });
    });
    return opener;
  }

  close() {
    this.#process.stdin.end();
  }
}

function passOn(client, first, where) {
  const upstream = tls.connect(where);
  const cut = () => [client, upstream].forEach((socket) => socket.destroy());
  for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut);
  upstream.write(first);
  client.pipe(upstream).pipe(client);
}

if (process.argv[1] === kSelf) {
  const [port, cert, key, host, servername, ca] = process.argv.slice(2);
  const where = { host, port: 443, servername, ca: readFileSync(ca) };
  const server = tls.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (client) => {
    client.on('error', () => client.destroy());
    client.once('data', (first) => {
      const isHttp = /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(first.toString('latin1'));
      console.log(isHttp ? 'passed' : 'cut');
      if (isHttp) passOn(client, first, where);
      else client.destroy();
    });
  });
  server.listen(Number(port), () => console.log('open'));
  process.stdin.on('end', () => process.exit(0)).resume();
}
