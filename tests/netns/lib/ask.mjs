// What a service says to somebody inside a namespace: `node ask.mjs get URL` prints status and body of the answer, or why there is none;
// `node ask.mjs binding HOST PORT udp|tcp` prints where STUN sees the request come from.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kAttributes, TurnClient } from '../../program/turn_client.mjs';

const kSelf = fileURLToPath(import.meta.url);

async function ask(prefix, ...question) {
  const [command, ...args] = [...prefix, process.execPath, kSelf, ...question.map(String)];
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout);
}

/** @param {string[]} prefix the command that enters the namespace @returns {Promise<{status: number, body: string} | {error: string}>} */
export function getFrom(prefix, url) {
  return ask(prefix, 'get', url);
}

/** One Binding. @returns {Promise<string>} the address it came from */
export function bindingFrom(prefix, { host, port, transport }) {
  return ask(prefix, 'binding', host, port, transport);
}

const kQuestions = {
  async get(url) {
    try {
      const response = await fetch(url);
      return { status: response.status, body: await response.text() };
    } catch (error) {
      return { error: error.cause?.code ?? error.message };
    }
  },
  async binding(host, port, transport) {
    const client = await TurnClient.open({ host, port: Number(port), transport });
    const answer = await client.binding();
    client.close();
    return answer.address(kAttributes.xorMapped)[0].address;
  },
};

if (process.argv[1] === kSelf) {
  const [what, ...args] = process.argv.slice(2);
  console.log(JSON.stringify(await kQuestions[what](...args)));
}
