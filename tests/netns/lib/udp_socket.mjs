// One UDP socket inside a namespace, told what to do over stdin: "HOST PORT TEXT" sends (and is answered by
// "sent"), every datagram that arrives is one line "HOST PORT TEXT" on stdout. `node udp_socket.mjs ADDRESS PORT`.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const kSelf = fileURLToPath(import.meta.url);

/** The same socket, seen from the test. */
export class UdpSocket {
  received = [];
  #process;
  #sending = [];

  static async open(prefix, address, port) {
    const socket = new UdpSocket();
    const [command, ...args] = [...prefix, process.execPath, kSelf, address, String(port)];
    socket.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      socket.#process.once('exit', (code) => reject(new Error(`the UDP socket ended with ${code}`)));
      readline.createInterface({ input: socket.#process.stdout }).on('line', (line) => {
        if (line === 'open') return resolve();
        if (line === 'sent') return socket.#sending.shift()();
        const [from, fromPort, text] = line.split(' ');
        socket.received.push({ from, port: Number(fromPort), text });
      });
    });
    return socket;
  }

  /** Resolves once the kernel has taken the datagram; on links without delay it has then arrived or been dropped. */
  send(host, port, text) {
    this.#process.stdin.write(`${host} ${port} ${text}\n`);
    return new Promise((resolve) => this.#sending.push(resolve));
  }

  close() {
    this.#process.stdin.end();
  }
}

if (process.argv[1] === kSelf) {
  const [address, port] = process.argv.slice(2);
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (data, from) => console.log(`${from.address} ${from.port} ${data}`));
  socket.bind(Number(port), address, () => console.log('open'));
  readline
    .createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [host, hostPort, text] = line.split(' ');
      socket.send(text, Number(hostPort), host, () => console.log('sent'));
    })
    .on('close', () => socket.close());
}
