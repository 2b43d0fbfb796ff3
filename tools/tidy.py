"""Runs clang-tidy-19 over the C++ sources, remembering what it found clean.

A file is looked at again only when it, a project header it reaches, .clang-tidy,
its compile flags, or the version of the tools changed. What is known lies in the
user's cache, where every clone on the machine finds it.

  tools/tidy.py            every source
  tools/tidy.py --changed  the sources and headers that differ from where this work started
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import project

CLANG_TIDY = "clang-tidy-19"
DATABASE = project.ROOT / "build/tidy/compile_commands.json"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "visavis/tidy")
CACHE_DAYS = 60
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
CONFIGURATION = project.ROOT / ".clang-tidy"
TEST_CONFIGURATION = project.ROOT / "tools/tests.clang-tidy"


class Includes:
    """Which project headers a file reaches, each file read once."""

    def __init__(self):
        self.direct = {}

    def direct_of(self, path):
        if path not in self.direct:
            names = INCLUDE.findall((project.ROOT / path).read_text(encoding="utf-8"))
            candidates = [(pathlib.Path("src", name), pathlib.Path("include", name), pathlib.Path(name), path.parent / name) for name in names]
            self.direct[path] = [next((p for p in each if (project.ROOT / p).is_file()), None) for each in candidates]
        return [target for target in self.direct[path] if target]

    def closure(self, path):
        seen, waiting = {path}, [path]
        while waiting:
            for target in self.direct_of(waiting.pop()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return sorted(seen)


def tool_versions():
    packages = ["clang-tidy-19", "libstdc++-12-dev", "libssl-dev", "libgtest-dev", "nlohmann-json3-dev"]
    listed = subprocess.run(["dpkg-query", "-W", *packages], capture_output=True, text=True, check=False).stdout
    return listed or subprocess.run([CLANG_TIDY, "--version"], capture_output=True, text=True, check=True).stdout


def configuration_of(path):
    return TEST_CONFIGURATION if path.stem.endswith(("_test", "_fuzz")) else CONFIGURATION


def key_of(path, flags, includes, versions):
    flags = flags.replace(str(project.ROOT), "")
    digest = hashlib.sha256(versions.encode() + configuration_of(path).read_bytes() + flags.encode())
    for part in includes.closure(path):
        digest.update(str(part).encode() + b"\0" + hashlib.sha256((project.ROOT / part).read_bytes()).digest())
    return digest.hexdigest()


def commands():
    """Path of each source we wrote in the compilation database, with its flags."""
    with DATABASE.open(encoding="utf-8") as database:
        entries = json.load(database)
    flags = {pathlib.Path(entry["file"]).resolve(): entry["command"] for entry in entries}
    ours = {project.ROOT / path for path in project.cpp_files()}
    return {path.relative_to(project.ROOT): flags[path] for path in flags if path in ours}


def touched(sources, includes):
    """The changed sources, and for each changed header one source that includes it."""
    chosen = set()
    for path in project.changed_files():
        if path in sources:
            chosen.add(path)
        elif path.suffix == ".h":
            users = [source for source in sources if path in includes.closure(source)]
            users.sort(key=lambda source: (source.stem != path.stem, str(source)))
            chosen.update(users[:1])
    return chosen


def forget_old():
    """Keys of versions nobody has looked at for long."""
    oldest = time.time() - CACHE_DAYS * 24 * 3600
    for entry in CACHE.iterdir():
        if entry.stat().st_mtime < oldest:
            entry.unlink(missing_ok=True)


def is_known(key):
    entry = CACHE / key
    if not entry.exists():
        return False
    entry.touch()
    return True


def check(path):
    started = time.monotonic()
    run = subprocess.run(
        [CLANG_TIDY, "--quiet", "-p", str(DATABASE.parent), f"--config-file={configuration_of(path)}", str(path)],
        cwd=project.ROOT, capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr), time.monotonic() - started


def main():
    subprocess.run(["cmake", "--preset", "tidy"], cwd=project.ROOT, stdout=subprocess.DEVNULL, check=True)
    includes, sources = Includes(), commands()
    versions = tool_versions()
    chosen = touched(sources, includes) if "--changed" in sys.argv[1:] else set(sources)
    keys = {path: key_of(path, sources[path], includes, versions) for path in sorted(chosen)}
    CACHE.mkdir(parents=True, exist_ok=True)
    forget_old()
    due = [path for path in keys if not is_known(keys[path])]
    print(f"{len(keys)} sources, {len(keys) - len(due)} known to be clean", flush=True)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
        running = {pool.submit(check, path): path for path in due}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            path, (clean, output, seconds) = running[done], done.result()
            print(f"[{number}/{len(due)}] {path} {'clean' if clean else 'FAILED'} {seconds:.1f} s", flush=True)
            if clean:
                (CACHE / keys[path]).touch()
            else:
                failed.append(path)
                print(output, flush=True)
    print(f"clang-tidy: {len(keys) - len(failed)} sources clean, {len(failed)} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
