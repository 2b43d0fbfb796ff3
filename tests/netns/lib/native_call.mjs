// A call between two of our own peers, each a program in a network namespace of its own. The test is their signaling.
import assert from 'node:assert/strict';
import { until } from '../../browser/lib/poll.mjs';
import { carry, negotiate, startEnd } from '../../interop/ends/ends.mjs';
import { credential } from '../../program/turn_client.mjs';

const kFailLimit = 60_000; // ms: until a relay that does not answer has been given up, and then all pairs
const kSettleLimit = 10_000; // ms: to the nominated pair from the first that works
const kLook = 10; // ms

let legs = 0;

/** STUN and relay at these addresses, under a name that nobody had before. */
function iceServersAt({ addresses, port, secret }) {
  const { user, password } = credential(secret, `${Math.floor(Date.now() / 1000) + 600}:600.call.leg${++legs}`);
  return addresses.flatMap((address) => {
    const at = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    return [{ urls: `stun:${at}` }, { urls: `turn:${at}`, username: user, credential: password }];
  });
}

/**
 * Runs `body(offering, answering)` with two programs that are begun and told each other's candidates.
 * @param {string[][]} prefixes the commands that enter their namespaces @param {{addresses: string[], port: number, secret: string}} relay
 */
export async function withNatives(prefixes, relay, body) {
  const ends = [];
  const endAll = () => Promise.all(ends.map((end) => end.end()));
  let check = () => {};
  let result;
  try {
    for (const [index, prefix] of prefixes.entries()) {
      const end = await startEnd('native', prefix);
      end.name = index === 0 ? 'who offers' : 'who answers';
      ends.push(end);
    }
    check = carry(...ends);
    await Promise.all(ends.map((end) => end.ask('begin', { iceServers: iceServersAt(relay) })));
    result = await body(...ends);
    check();
    await Promise.all(ends.map((end) => end.ask('close')));
  } catch (error) {
    const how = await endAll();
    try {
      check(); // a candidate that was refused is why nothing came of it
    } catch (fault) {
      if (fault !== error) throw new AggregateError([fault, error], `${fault.message}; ${error.message}`);
    }
    throw new Error(`${error.message}; ${ends.map(({ name }, index) => `${name} ended with ${how[index].code ?? how[index].signal}`).join(', ')}`, { cause: error });
  }
  for (const [index, { code, signal }] of (await endAll()).entries()) assert.equal(code, 0, `${ends[index].name} ended with ${code ?? signal}: ${ends[index].errors}`);
  return result;
}

/** What they come to, as each end has it, which has to be the same. @returns {Promise<{path: 'direct' | 'relayed' | 'impossible', time: number, why?: string[]}>} */
export async function meet(offering, answering) {
  const ends = [offering, answering];
  await offering.ask('channel', { label: 'chat' });
  const since = performance.now();
  await negotiate(offering, answering);
  const said = await Promise.all(ends.map((end) => end.hears('connected or failed', isOutcome, { limit: kFailLimit })));
  const time = performance.now() - since;
  const states = said.map(({ state }) => state);
  assert.equal(states[0], states[1], `one end: ${JSON.stringify(said)}`);
  if (states[0] === 'failed') return { path: 'impossible', time, why: said.map(({ why }) => why) };
  await Promise.all(ends.map((end) => end.hears('the channel', ({ what }) => what === 'open')));
  await exchange(offering, answering);
  return { path: await pathOf(offering, answering), time };
}

const isOutcome = ({ what, state }) => what === 'state' && ['connected', 'failed', 'closed'].includes(state);

let words = 0;

/** A message each way, which has to come as it was sent. */
export async function exchange(...ends) {
  await Promise.all([ends, [ends[1], ends[0]]].map(async ([from, to]) => {
    const text = `from ${from.name}: ${++words}`;
    await from.ask('send', { label: 'chat', text });
    await to.hears(`"${text}"`, (said) => said.what === 'message' && said.text === text);
  }));
}

/** Once both have nominated one. @param {{past?: string}} [options] past: the name of the first one's generation that is over */
export async function pathOf(first, second, { past } = {}) {
  const paths = await Promise.all([first, second].map((end) => until(`${end.name} has nominated a pair`, async () => {
    const { ice, pair } = await end.ask('stats');
    if (ice.completed && pair && ice.ufrag !== past) return [pair.local, pair.remote].includes('relay') ? 'relayed' : 'direct';
    throw new Error(JSON.stringify({ ice, pair }));
  }, { limit: kSettleLimit, every: kLook })));
  assert.equal(paths[0], paths[1], 'both are on the same way');
  return paths[0];
}
