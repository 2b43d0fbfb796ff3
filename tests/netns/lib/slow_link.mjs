// Links on which every packet takes its time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { kHomes, kNetAtServer, kServer } from './lab.mjs';

const kScript = fileURLToPath(new URL('delay_link.py', import.meta.url));

/** A device in each of two namespaces, `milliseconds` apart, until `end()`: they go with it. Neither is up before it has an address. */
export async function slowLink(lab, [a, aDevice], [b, bDevice], milliseconds) {
  const process = spawn('python3', [kScript, lab.name(a), aDevice, lab.name(b), bDevice, String(milliseconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(process, 'exit');
  await Promise.race([once(process.stdout, 'data'), ended.then(([code]) => Promise.reject(new Error(`the slow link ended with ${code}`)))]);
  return {
    end: async () => {
      process.kill();
      await ended;
    },
  };
}

/** From here on a packet between any two of the two homes and the server takes that long, until `end()`, after which the lab is of no more use. */
export async function slowLegs(lab, milliseconds) {
  const links = [];
  const slow = async (device, a, aAddress, [b, bDevice], bAddress) => {
    lab.ip(b, 'link', 'del', bDevice);
    links.push(await slowLink(lab, [a, device], [b, bDevice], milliseconds / 2));
    lab.address(a, device, aAddress);
    lab.address(b, bDevice, bAddress);
    lab.ip(b, 'route', 'add', 'default', 'via', aAddress.replace(/\/.*/, ''));
  };
  await slow('srv', 'net', `${kNetAtServer}/24`, ['srv', 'eth0'], `${kServer}/24`);
  for (const n of [1, 2]) {
    const { wan, gateway, open } = kHomes[n];
    await slow(`home${n}`, 'net', `${gateway}/24`, [`r${n}`, 'wan'], `${wan}/24`);
    lab.ip('net', 'route', 'replace', `${open}.0/24`, 'via', wan);
  }
  return { end: () => Promise.all(links.map((link) => link.end())) };
}
