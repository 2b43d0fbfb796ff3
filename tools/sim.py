"""Plays simulated calls (docs/simulation.md) with seeds that nobody has played yet, on every core, until the time is
over or something fails; what failed says how it is played again.

  tools/sim.py [--hours N] [--minutes N] [--seconds N]    for so long altogether; 1 minute where nothing is said
  tools/sim.py --from SEED                                from this seed on
  tools/sim.py --seeds N                                  so many, rounded up to whole runs, however long they take
  tools/sim.py --tests FILTER                             other tests than those of calls, as --gtest_filter has it
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

import project

PROGRAM = "build/sim/vv_sim_test"
# Those that are another call with each seed; the others play one and the same again. Two of the peer's are not here, since
# they ask of lines that lose for more than chance always gives: a message that is lost four times in a row takes 15 s.
TESTS = ("IceAtRandom.*:SignalingAtRandom.*:Ice.FindsAWay*:Ice.BothEnds*:Ice.SettlesWhoControls:"
         "Peer.CarriesEverythingOnTheWay*:Peer.CarriesEverythingOverNarrow*:"
         "Peer.AnotherNetwork*:Peer.ARebooted*:Peer.AGoodbye*:"
         "*/Turn.RelaysWhateverTheLinesDo/*")
# Of one run of the program: long enough that its start costs nothing, short enough to end soon after the time is over.
SEEDS_AT_ONCE = 50
# Between two lines that say how far it is.
REPORT_SECONDS = 60
# Seeds of one second and those of the next do not overlap.
SEEDS_A_SECOND = 100_000


def play(tests, first):
    environment = dict(os.environ, VISAVIS_SIM_FROM=str(first), VISAVIS_SIM_RUNS=str(SEEDS_AT_ONCE))
    run = subprocess.run([PROGRAM, "--gtest_brief=1", f"--gtest_filter={tests}"], cwd=project.ROOT, env=environment,
                         capture_output=True, text=True, errors="replace", check=False)
    return has_passed(run.returncode, run.stdout), first, run.stdout + run.stderr


def has_passed(code, output):
    # A filter that matches nothing passes too: "0 tests from 0 test suites ran."
    return code == 0 and not re.search(r"\b0 tests from ", output)


def list_tests(pattern):
    return subprocess.run([PROGRAM, "--gtest_list_tests", f"--gtest_filter={pattern}"], cwd=project.ROOT,
                          capture_output=True, text=True, check=True).stdout


def idle_patterns(tests, listed_by=list_tests):
    """Those that match nothing any more, which would be missed by nobody: the others still play something."""
    # Tests stand indented under the name of their suite.
    return [pattern for pattern in tests.split(":") if not re.search(r"^  \S", listed_by(pattern), re.MULTILINE)]


def replay_of(tests, first):
    """All that the run played, for one that ended without a word of its own seed."""
    return f"VISAVIS_SIM_FROM={first} VISAVIS_SIM_RUNS={SEEDS_AT_ONCE} {PROGRAM} --gtest_filter='{tests}'"


def arguments_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev sim", description="Plays simulated calls with new seeds.")
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seeds", type=int, metavar="N", help="ends when so many have been played, whatever the time")
    parser.add_argument("--from", type=int, dest="first", metavar="SEED", help="the first seed; else one of now")
    parser.add_argument("--tests", default=TESTS, metavar="FILTER", help="as --gtest_filter has it")
    return parser.parse_args(arguments)


def first_seed(wanted, now):
    # A world has no seed 0: there it means that none was asked for.
    return max(wanted, 1) if wanted is not None else int(now) * SEEDS_A_SECOND


def main(arguments):
    wanted = arguments_of(arguments)
    if idle := idle_patterns(wanted.tests):
        print(f"there is no test {', '.join(idle)}")
        print(f"sim: 0 passed, {len(idle)} failed")
        return 1
    seconds = wanted.hours * 3600 + wanted.minutes * 60 + wanted.seconds or 60
    seed = first = first_seed(wanted.first, time.time())
    end, report, played = time.monotonic() + seconds, time.monotonic() + REPORT_SECONDS, 0
    print(f"from seed {seed} on, " + (f"{wanted.seeds} of them" if wanted.seeds else f"for {seconds:g} s"), flush=True)

    def is_on():
        return seed < first + wanted.seeds if wanted.seeds else time.monotonic() < end

    with concurrent.futures.ThreadPoolExecutor(project.jobs()) as pool:
        running = set()
        while running or is_on():
            while len(running) < project.jobs() and is_on():
                running.add(pool.submit(play, wanted.tests, seed))
                seed += SEEDS_AT_ONCE
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for passed, began, output in [one.result() for one in done]:
                if not passed:
                    print(output)
                    print(f"the whole run: {replay_of(wanted.tests, began)}")
                    print(f"sim: {played} passed, 1 failed")
                    return 1
                played += SEEDS_AT_ONCE
            if time.monotonic() >= report:
                print(f"{played} seeds", flush=True)
                report += REPORT_SECONDS
    print(f"sim: {played} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
