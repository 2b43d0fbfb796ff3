// Asks a relay from inside a namespace whether an address may be a peer: `node permission.mjs HOST PORT USER PASSWORD PEER`
// prints 0, or the code of the refusal.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TurnClient, TurnError } from '../../program/turn_client.mjs';

const kSelf = fileURLToPath(import.meta.url);

/** @param {string[]} prefix the command that enters the namespace @returns {Promise<number>} */
export async function permissionFor(prefix, { host, port }, { user, password }, peer) {
  const [command, ...args] = [...prefix, process.execPath, kSelf, host, String(port), user, password, peer];
  const { stdout } = await promisify(execFile)(command, args);
  return Number(stdout);
}

if (process.argv[1] === kSelf) {
  const [host, port, user, password, peer] = process.argv.slice(2);
  const client = await TurnClient.open({ host, port: Number(port), user, password });
  await client.allocate();
  const code = await client.permit({ address: peer, port: 53 }).then(() => 0, (error) => {
    if (!(error instanceof TurnError)) throw error;
    return error.code;
  });
  console.log(code);
  await client.refresh(0);
  client.close();
}
