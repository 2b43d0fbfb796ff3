// User memory per idle TLS WebSocket, and the matches a full server makes over those sockets.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel, LoadSocket } from './lib/load.mjs';
import { kSubjects } from './lib/subjects.mjs';
import { memoryOf, quantile } from './lib/usage.mjs';

const kWidth = 64;
const kWarmUp = 200;

async function openMany(subject, port, count) {
  return inParallel(count, kWidth, async (index) => {
    const socket = await LoadSocket.open({ port, index, ...subject.target() });
    await subject.begin(socket);
    return socket;
  });
}

// Memory is read once it no longer moves: what a handshake needed has then been given back.
async function settledMemory(server) {
  await server.collect();
  let last = memoryOf(server.pid);
  for (;;) {
    await sleep(500);
    const now = memoryOf(server.pid);
    if (Math.abs(now.uss - last.uss) < 64 * 1024) return now;
    last = now;
  }
}

async function measure(subject, tls, count, afterwards) {
  const server = await subject.start(tls);
  try {
    const warm = await openMany(subject, server.port, kWarmUp);
    await Promise.all(warm.map((socket) => socket.close()));
    const before = await settledMemory(server);
    const sockets = await openMany(subject, server.port, count);
    const after = await settledMemory(server);
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
