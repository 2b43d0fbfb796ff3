// CPU time of the server for one TLS connection that is accepted, upgraded to WebSocket and closed.
import { inParallel, LoadSocket } from './lib/load.mjs';
import { kSubjects } from './lib/subjects.mjs';
import { cpuOf } from './lib/usage.mjs';

const kWidth = 32;
const kWarmUp = 300;

async function connectMany({ target, begin }, port, count, whole) {
  return inParallel(count, kWidth, async (index) => {
    const socket = await LoadSocket.open({ port, index, ...target() });
    if (whole) await begin(socket);
    const cipher = socket.cipher();
    await socket.close();
    return cipher;
  });
}

/** @param {boolean} whole with the session's first exchange (hello, welcome), not only the upgrade */
async function measure(subject, tls, count, whole) {
  const server = await subject.start(tls);
  try {
    await connectMany(subject, server.port, kWarmUp, whole);
    const before = cpuOf(server.pid);
    const ciphers = await connectMany(subject, server.port, count, whole);
    return { seconds: (cpuOf(server.pid) - before) / count, cipher: ciphers[0] };
  } finally {
    await server.stop();
  }
}

export async function cpuBench(tls, count) {
  const [visavis, ws] = kSubjects;
  return {
    visavis: await measure(visavis, tls, count, false),
    ws: await measure(ws, tls, count, false),
    session: await measure(visavis, tls, count, true),
  };
}
