// What the cases with coturn's clients share.
import { execFile } from 'node:child_process';
import { freePorts } from '../browser/lib/server.mjs';

const kClientLimit = 40_000; // ms; the client itself may hang when it is refused

/** Runs a client to its end. @returns {Promise<{code: number|string, output: string}>} */
export function runClient(args, program = 'turnutils_uclient') {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: kClientLimit, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.killed ? 'timed out' : error.code) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

/** Two ports, one after the other, that nobody holds now. @returns the first */
export async function freePortPair() {
  for (;;) {
    const [first, second] = await freePorts(2);
    if (second === first + 1) return first;
  }
}
