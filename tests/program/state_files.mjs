// A look into the server's state directory from outside: what its files hold, byte by byte, and what the database is.
import { execFile } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** Every file by its name; one that goes while we read (a journal) is not there. */
export function filesOf(directory) {
  const files = new Map();
  for (const name of readdirSync(directory)) {
    try {
      files.set(name, readFileSync(path.join(directory, name)));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return files;
}

/** Which of these traces stand in which file. @param {Map<string, Buffer>} files @param {Record<string, Buffer | string>} traces */
export function foundIn(files, traces) {
  return [...files].flatMap(([file, bytes]) =>
    Object.entries(traces)
      .filter(([, trace]) => bytes.includes(trace))
      .map(([what]) => `${what} in ${file}`),
  );
}

const everyText = (what, bytes) => ({
  [`${what}, bytes`]: bytes,
  [`${what}, hex`]: bytes.toString('hex'),
  [`${what}, HEX`]: bytes.toString('hex').toUpperCase(),
  [`${what}, base64`]: bytes.toString('base64').replace(/=+$/, ''),
  [`${what}, base64url`]: bytes.toString('base64url'),
});

/** The digest the server knows a device by. */
const deviceId = (device) => createHash('sha256').update(Buffer.from(device, 'base64url')).digest().subarray(0, 16);

function prefixBytes(address) {
  const bytes = Buffer.alloc(9); // the family, then 64 bits
  bytes[0] = 4;
  bytes.set(address.split('.').map(Number), 5);
  return bytes;
}

/** All that would name a person to somebody who has no key: the token, digests of it, the address. */
export function tracesOf({ device, address }) {
  const octets = Buffer.from(address.split('.').map(Number));
  const unkeyed = (bytes) => createHash('sha256').update(bytes).digest().subarray(0, 16);
  return {
    ...everyText('the token', Buffer.from(device, 'base64url')),
    ...everyText("the token's digest", deviceId(device)),
    ...everyText("the token's text's digest", unkeyed(device)),
    'the address': address,
    'the address, bytes': octets,
    'the address, hex': octets.toString('hex'),
    ...everyText("the address's digest", unkeyed(address)),
    ...everyText("the address's bytes' digest", unkeyed(octets)),
  };
}

/** The keys in `report-keys`. @returns {{number: number, secret: Buffer}[]} */
export function keysOf(files) {
  const [, ...lines] = files.get('report-keys').toString().trimEnd().split('\n');
  return lines.map((line) => {
    const [number, , secret] = line.split(' ');
    return { number: Number(number), secret: Buffer.from(secret, 'hex') };
  });
}

/** What whoever has this key would write down of a person (src/safety/key_ring.h). */
export function marksUnder(key, { device, address }) {
  const mark = (what, bytes) => createHmac('sha256', key.secret).update(`${what}\0`).update(bytes).digest('hex');
  return { key: key.number, device: mark('device', deviceId(device)), prefix: mark('prefix', prefixBytes(address)) };
}

const kRead = `
import json, sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
columns = lambda table: [row["name"] for row in database.execute(f"PRAGMA table_info({table})")]
plain = lambda value: value.hex() if isinstance(value, bytes) else value
rows = lambda table: [{name: plain(row[name]) for name in row.keys()} for row in database.execute(f"SELECT * FROM {table}")]
print(json.dumps({table: {"columns": columns(table), "rows": rows(table)} for table in tables}))
`;

/** Every table with its columns and rows, bytes as hex; read by another program than ours. */
export async function tablesOf(directory) {
  const { stdout } = await promisify(execFile)('python3', ['-c', kRead, path.join(directory, 'reports.db')]);
  return JSON.parse(stdout);
}

const kHold = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
`;

/** Holds the file of reports, as a backup that hangs would. @returns {Promise<() => Promise<void>>} lets go */
export async function holdReports(directory) {
  const holder = execFile('python3', ['-c', kHold, path.join(directory, 'reports.db')]);
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve);
    holder.once('exit', (code) => reject(new Error(`the holder of the file ended with ${code}`)));
  });
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
