// A weak device: a group of processes that together get a part of one processor. Needs the system's control groups and root.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './poll.mjs';

/** What a processor's time is given out by: with shorter ones much of a part is never given. */
const kPeriod = 100_000; // µs
/** Of each second for what asks for real time, beside its part: sound does, and is little. With next to none there is no sound, which no device is like. */
const kRealTime = 300_000; // µs
/** Against what else runs on the machine a group counts as one process, however many it has: what it may use it is to get. */
const kWeight = { old: 262_144, new: 10_000 };
/** Of `/proc`, a second: the same on every system that has control groups. */
const kTicks = 100;
const kOld = '/sys/fs/cgroup/cpu';
const kNew = '/sys/fs/cgroup';

/** All that came of a process, and itself. */
function treeOf(root) {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The name of a program may have anything in it, brackets and spaces as well.
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [root];
  for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at]) ?? []));
  return found;
}

export class CpuGroup {
  #folder;
  #isOld;

  /** Null where this machine lets nobody have one. */
  static make(name) {
    const isOld = existsSync(path.join(kOld, 'cpu.cfs_quota_us'));
    const isNew = !isOld && existsSync(path.join(kNew, 'cgroup.controllers'));
    if (!isOld && !isNew) return null;
    const group = new CpuGroup();
    group.#isOld = isOld;
    group.#folder = path.join(isOld ? kOld : kNew, name);
    try {
      if (isNew) writeFileSync(path.join(kNew, 'cgroup.subtree_control'), '+cpu');
      mkdirSync(group.#folder, { recursive: true });
      // Without a share of it, no process that asks for real time, as sound does, can be moved here.
      if (isOld && existsSync(path.join(group.#folder, 'cpu.rt_runtime_us'))) group.#write('cpu.rt_runtime_us', kRealTime);
      group.#write(isOld ? 'cpu.shares' : 'cpu.weight', isOld ? kWeight.old : kWeight.new);
      group.setPart(1);
    } catch (error) {
      if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EBUSY'].includes(error.code)) return null;
      throw error;
    }
    return group;
  }

  #write(file, value) {
    writeFileSync(path.join(this.#folder, file), String(value));
  }

  /** @param {number} part of one processor */
  setPart(part) {
    const quota = Math.round(part * kPeriod);
    if (this.#isOld) this.#write('cpu.cfs_quota_us', quota);
    else this.#write('cpu.max', `${quota} ${kPeriod}`);
  }

  /** What its processes have used so far, as far as they have not ended: s of one processor. */
  used() {
    const ticks = readFileSync(path.join(this.#folder, 'cgroup.procs'), 'utf8').trim().split('\n').map((pid) => {
      try {
        const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 13);
        return Number(user) + Number(system);
      } catch {
        return 0; // It has ended meanwhile.
      }
    });
    return ticks.reduce((sum, each) => sum + each, 0) / kTicks;
  }

  /** A browser with all its processes. What they start later is in it as well. */
  take(pid) {
    for (const each of treeOf(pid)) {
      try {
        this.#write('cgroup.procs', each);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }

  /** Once its processes have ended. */
  async remove() {
    await until('the processes of the group have ended', () => readFileSync(path.join(this.#folder, 'cgroup.procs'), 'utf8').trim() === '');
    rmdirSync(this.#folder);
  }
}
