// The program as its operator has it: served for as long as a case takes, or run to its end.
import { execFile } from 'node:child_process';
import { findBinary, Server } from './server.mjs';

/** Runs `body(server)` with a server of its own, which is gone afterwards whatever happens. */
export async function serving(flags, body) {
  const server = await Server.onLoopback(flags);
  try {
    return await body(server);
  } finally {
    await server.stop();
  }
}

/** The program run to its end. @param {string} home where it would look for what it is not told */
export function run(home, ...args) {
  return new Promise((resolve) => {
    execFile(findBinary(), args, { timeout: 20_000, env: { HOME: home, PATH: process.env.PATH } }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}
