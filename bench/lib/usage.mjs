// What a process uses, from /proc.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const kTicksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Memory that only this process has (USS) and its share of all (PSS), in bytes. */
export function memoryOf(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)[1]) * 1024;
  return { uss: bytes('Private_Clean') + bytes('Private_Dirty'), pss: bytes('Pss') };
}

/** Memory once it no longer moves: what a handshake needed has then been given back. */
export async function settledMemory(pid) {
  let last = memoryOf(pid);
  for (;;) {
    await sleep(500);
    const now = memoryOf(pid);
    if (Math.abs(now.uss - last.uss) < 64 * 1024) return now;
    last = now;
  }
}

/** User and system time of all threads so far, in seconds, to a hundredth. */
export function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
}

/** Value below which `part` (0 to 1) of the samples lie, by nearest rank. */
export function quantile(samples, part) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
