// User memory per idle TLS WebSocket, and the matches a full server makes over those sockets.
import { performance } from 'node:perf_hooks';
import { inParallel, LoadSocket } from './lib/load.mjs';
import { kSubjects } from './lib/subjects.mjs';
import { quantile, settledMemory } from './lib/usage.mjs';

const kWidth = 64;
const kWarmUp = 200;

async function openMany(subject, port, count) {
  return inParallel(count, kWidth, async (index) => {
    const socket = await LoadSocket.open({ port, index, ...subject.target() });
    await subject.begin(socket);
    return socket;
  });
}

async function measure(subject, tls, count, afterwards) {
  const server = await subject.start(tls);
  try {
    const warm = await openMany(subject, server.port, kWarmUp);
    await Promise.all(warm.map((socket) => socket.close()));
    await server.collect();
    const before = await settledMemory(server.pid);
    const sockets = await openMany(subject, server.port, count);
    await server.collect();
    const after = await settledMemory(server.pid);
    const each = (key) => (after[key] - before[key]) / count;
    const extra = afterwards ? await afterwards(sockets, server) : {};
    await Promise.all(sockets.map((socket) => socket.close()));
    return { uss: each('uss'), pss: each('pss'), ...extra };
  } finally {
    await server.stop();
  }
}

/** Everybody seeks in one room at once; times from the own `seek` to `matched`. */
async function matchAll(sockets) {
  const room = 'en';
  const waits = [];
  const started = performance.now();
  await Promise.all(sockets.map((socket) => new Promise((resolve, reject) => {
    let sent = 0;
    socket.onMessage = (message) => {
      if (message.type === 'matched') resolve(waits.push(performance.now() - sent));
      if (message.type === 'error') reject(new Error(`refused: ${message.code}`));
    };
    sent = performance.now();
    socket.send({ type: 'seek', room, prefs: { media: 'video', need: 'any' } });
  })));
  const seconds = (performance.now() - started) / 1000;
  return { matches: waits.length / 2, matchesPerSecond: waits.length / 2 / seconds, p99: quantile(waits, 0.99) };
}

export async function memoryBench(tls, count) {
  const results = {};
  for (const subject of kSubjects) {
    results[subject.name] = await measure(subject, tls, count, subject.name === 'visavis' ? matchAll : null);
  }
  return results;
}
