"""Runs libFuzzer targets from their corpora, as many at once as there are cores.

  tools/fuzz.py                 every target for 30 s
  tools/fuzz.py NAME [SECONDS]  one target ("all" for every one)

New inputs go to build/fuzz-corpus; a crashing one is left in build/fuzz-crashes,
ready to become a file of tests/fuzz/corpus/NAME.
"""

import concurrent.futures
import subprocess
import sys

import project

TARGETS = project.ROOT / "build/fuzz/tests"
SEEDS = project.ROOT / "tests/fuzz/corpus"
GROWN = project.ROOT / "build/fuzz-corpus"
CRASHES = project.ROOT / "build/fuzz-crashes"
PREFIX = "fuzz_"
TAIL_LINES = 40
# A target's time in two turns, the second from what the first has found: with a few targets on two cores no core idles
# for the whole of the last one.
TURNS = 2


def fuzz(target, seconds):
    name = target.name.removeprefix(PREFIX)
    seeds = SEEDS / name
    if not seeds.is_dir() or not any(seeds.iterdir()):
        return name, False, f"{seeds} holds no inputs to start from"
    (GROWN / name).mkdir(parents=True, exist_ok=True)
    CRASHES.mkdir(parents=True, exist_ok=True)
    dictionary = SEEDS / f"{name}.dict"
    command = [
        str(target), f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1",
        f"-artifact_prefix={CRASHES}/{name}-", *([f"-dict={dictionary}"] if dictionary.exists() else []),
        str(GROWN / name), str(seeds)]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return name, run.returncode == 0, run.stderr


def executions(output):
    return next((line.split()[-1] for line in output.split("\n") if "number_of_executed_units" in line), "no")


def main(arguments):
    wanted = arguments[0] if arguments else "all"
    seconds = int(arguments[1]) if len(arguments) > 1 else 30
    targets = [path for path in sorted(TARGETS.glob(PREFIX + "*")) if path.is_file() and not path.suffix]
    chosen = [path for path in targets if wanted in ("all", path.name.removeprefix(PREFIX))]
    if not chosen:
        names = ", ".join(path.name.removeprefix(PREFIX) for path in targets)
        print(f"there is no fuzz target '{wanted}'; there are: {names}")
        return 1
    turn_seconds = max(1, seconds // TURNS)
    failed = set()
    with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
        for name, clean, output in pool.map(lambda target: fuzz(target, turn_seconds), chosen * TURNS):
            print(f"{name}: {'clean' if clean else 'FAILED'}, {executions(output)} runs", flush=True)
            if not clean:
                failed.add(name)
                print("\n".join(output.split("\n")[-TAIL_LINES:]), flush=True)
    print(f"fuzz: {len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
