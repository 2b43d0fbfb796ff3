// valgrind's reading of our own memory while the others read what we send: a byte that nobody has written must not leave (CVE-2020-4067 was coturn's
// padding, which held what other clients had sent).
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const kErrorsEnd = 99;

/** The relay in it must not use io_uring, which takes messages past what valgrind sees of the kernel's calls. */
export class Memcheck {
  #folder;

  /** @param {string} folder for its reports; of this one alone */
  constructor(folder) {
    this.#folder = folder;
  }

  /** The command that a program is started with. */
  get prefix() {
    return ['valgrind', '--tool=memcheck', '--leak-check=no', '--track-origins=yes', `--error-exitcode=${kErrorsEnd}`, `--log-file=${this.#folder}/memcheck.%p.txt`];
  }

  /** What it has found in the programs that have ended since. @returns {string[]} one report each, none of which says anything where all is well */
  reports() {
    const files = readdirSync(this.#folder).filter((name) => /^memcheck\.\d+\.txt$/.test(name));
    if (files.length === 0) throw new Error('nothing ran under valgrind');
    return files.map((name) => readFileSync(path.join(this.#folder, name), 'utf8')).filter((text) => !/ERROR SUMMARY: 0 errors/.test(text));
  }
}
