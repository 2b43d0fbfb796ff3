"""Runs the test suites one after the other and ends in one line: N passed, N failed.

  tools/suites.py                 all of them
  tools/suites.py NAME...         the named ones, in the order below
  tools/suites.py --list          what there is
  tools/suites.py --changed ...   lint only what differs from where this work started
  tools/suites.py --long ...      with what takes too long for every day: all pairs, several runs with their medians

Suites do not overlap, since a browser call measured beside a compiler would say nothing, with two exceptions:
lint runs behind the others in the processor time they leave, and takes none that they want; and what waits nearly
all of its time for other programs' pace (BESIDE_THE_NEXT) runs beside the next suite that is none of these, which is
fuzzing and stands back.
Each one's whole output is in build/logs/suite-NAME.log.
"""

import contextlib
import dataclasses
import fcntl
import json
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import project
import sim

LOGS = project.ROOT / "build/logs"
HEARTBEAT_SECONDS = 20
TAIL_LINES = 120
STOP_SECONDS = 5
JOIN_SECONDS = 0.2
# What is tested is what is served.
PROGRAM = {
    "VISAVIS_BIN": str(project.ROOT / "build/release/src/apps/visavis"),
    "VISAVIS_PEER_END": str(project.ROOT / "build/release/visavis_peer_end"),
}
# Where the library is put for its tests.
PREFIX = project.ROOT / "build/prefix"
FUZZ_SECONDS = 12
# Worlds in each of which all that tools/sim.py names is played once.
SIM_SEEDS = 2000
# For what can wait, before those that have deadlines to keep.
STANDING_BACK = ("nice", "-n", "19")
# For a whole suite of calls; each case has a limit of its own.
CALLS_SECONDS = 3600
# How a suite is told that it may take long, and how long that is, for those that read it.
LONG = "VISAVIS_LONG"
LONG_CALLS_SECONDS = 4 * 3600
# Cases of calls that may fail once: browsers that want the processors at the same moment come too late for something now and
# then, coturn's client drops what it has no time for, and a fault of ours fails again. More than these at once, of the 232 cases
# of the largest suite, are no accident.
SECOND_TRIES = 4
# While all other suites run, and then as long again.
LINT_SECONDS = 5000
JUNIT = project.ROOT / "build/logs/unit.xml"
WEB_OUT = project.ROOT / "build/web-measured"
UNIT_RESULTS = project.ROOT / "build/dev/unit"  # as cmake/folders.cmake has it
NODE_COUNT = re.compile(r"^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)\s*$", re.MULTILINE)
# A skipped suite stands in no total: its line alone tells, as the spec reporter writes it and as TAP does.
NODE_SKIP = re.compile(r"^\s*(?:﹣ |ok \d+ - .*(?<!\\)# SKIP)", re.MULTILINE)
# What a suite leaves out because this machine cannot do it: no test, so that it is in no count, but never left out unsaid.
LEFT_OUT = re.compile(r"^(?:[#ℹ] )?(Skipped: .+)$", re.MULTILINE)
# Node repeats what failed after everything else, each with its time.
NODE_FAILED = re.compile(r"^✖ (.+) \(\d+(?:\.\d+)?ms\)$", re.MULTILINE)
NODE_PASSED = "✔ {} ("
NODE_FAILURES = re.compile(r"^✖ failing tests:\n(.*?)(?=^\S* ?(?:▶|✔|﹣)|\Z)", re.MULTILINE | re.DOTALL)
NODE_PLACE = re.compile(r"^test at .*\n", re.MULTILINE)
# Of each failure, repeated at the very end: who sees only the last lines of a run of an hour can still tell what went wrong.
ACCOUNT_LINES = 12
ACCOUNT_WIDTH = 400
ACCOUNTS = 12
PLAIN_COUNT = re.compile(r"^(?:\S+: )?(\d+) passed, (\d+) failed$", re.MULTILINE)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    # Names of those among the passed that failed first.
    unsteady: tuple = ()
    # What is repeated at the end of everything about what failed, first or for good.
    accounts: tuple = ()

    def __add__(self, other):
        return Count(self.passed + other.passed, self.failed + other.failed, self.unsteady + other.unsteady,
                     self.accounts + other.accounts)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed"


class Broken(Exception):
    """A suite could not run; the text says why in one line."""


class Log:
    """A suite's output: a file, and how far it has come, shown every so often."""

    def __init__(self, name):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.path = LOGS / f"suite-{name}.log"
        self.path.write_bytes(b"")

    def text(self, start=0):
        return ESCAPES.sub("", self.path.read_bytes()[start:].decode("utf-8", "replace"))

    def size(self):
        return self.path.stat().st_size

    def show_tail(self):
        lines = self.text().rstrip().split("\n")
        if len(lines) > TAIL_LINES:
            print(f"    ({len(lines) - TAIL_LINES} more lines in {self.path.relative_to(project.ROOT)})")
        print("\n".join("    | " + line for line in lines[-TAIL_LINES:]), flush=True)


def stop_group(process):
    """Ends a command that took too long, and everything it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return


def run(log, command, limit_seconds, folder=".", **environment):
    """Runs a command into the log; returns its exit code and what it printed. Raises Broken past the limit."""
    start, started = log.size(), time.monotonic()
    with log.path.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=project.ROOT / folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, **environment}, process_group=0)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(HEARTBEAT_SECONDS), log.text(start)
                waited = time.monotonic() - started
                if waited > limit_seconds:
                    raise Broken(f"'{' '.join(command)}' took longer than {limit_seconds} s")
                last = [line for line in log.text(start).split("\n") if line.strip()][-1:]
                print(f"   ... {log.name}, {waited:.0f} s: {''.join(last).strip()[:100]}", flush=True)
        finally:
            if process.returncode is None:
                stop_group(process)


def must(log, command, limit_seconds, wrong, **more):
    status, output = run(log, command, limit_seconds, **more)
    if status != 0:
        raise Broken(wrong)
    return output


def one(status):
    return Count(passed=1) if status == 0 else Count(failed=1)


def judged(status, count, what):
    """A command's own count, unless it contradicts how the command ended."""
    if count.failed == 0 and status != 0:
        raise Broken(f"{what} ended with code {status} though no test failed")
    if count.passed + count.failed == 0:
        raise Broken(f"{what} ran no test")
    return count


def count_node(status, output, what):
    """Adds up what node's test runner printed. Skipped and unfinished tests and suites count as failed: none may exist."""
    totals = dict.fromkeys(("pass", "fail", "cancelled", "skipped", "todo"), 0)
    for kind, number in NODE_COUNT.findall(output):
        totals[kind] += int(number)
    totals["skipped"] = max(totals["skipped"], len(NODE_SKIP.findall(output)))
    passed = totals.pop("pass")
    return judged(status, Count(passed, sum(totals.values())), what)


def failed_cases(output):
    return NODE_FAILED.findall(output.partition("✖ failing tests:")[2])


def accounts_of(output):
    """What a suite said of its failures, a few lines of each; the end of all it said where it has no such list."""
    told = [account for failures in NODE_FAILURES.findall(output) for account in NODE_PLACE.split(failures) if account.strip()]
    told = told or ["\n".join(output.rstrip().split("\n")[-ACCOUNT_LINES:])]
    return tuple("\n".join(line[:ACCOUNT_WIDTH] for line in account.strip("\n").split("\n")[:ACCOUNT_LINES]) for account in told)


def count_plain(status, output, what):
    counts = [Count(int(passed), int(failed)) for passed, failed in PLAIN_COUNT.findall(output)]
    return judged(status, counts[-1] if counts else Count(), what)


def cases_of(path):
    return list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))


def count_cases(path):
    """The cases of one GoogleTest program. Skipped and disabled ones count as failed: none may exist."""
    cases = cases_of(path)
    passed = sum(case.get("result") == "completed" and case.find("failure") is None for case in cases)
    return Count(passed, len(cases) - passed)


def count_unit(status, what):
    """The cases of every program ctest ran. One that ends badly though its cases passed (a leak) failed as well."""
    total = Count()
    for program in cases_of(JUNIT):
        well, results = program.get("status") == "run", UNIT_RESULTS / f"{program.get('name')}.xml"
        count = count_cases(results) if results.exists() else Count(passed=int(well))
        total += count if well or count.failed else count + Count(failed=1)
    return judged(status, total, what)


def build(log, preset, *targets, before=()):
    # Two suites may want the same folder at once.
    lock = LOGS / "build.lock"
    with lock.open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        must(log, [*before, "./dev", "build", preset, *targets], 2400, f"the {preset} build failed")


def format_suite(log, _changed):
    return one(run(log, [sys.executable, "tools/format.py"], 120)[0])


def layers_suite(log, _changed):
    status, output = run(log, [sys.executable, "tools/check_layers.py"], 60)
    return count_plain(status, output, "the layer check")


def tools_suite(log, _changed):
    status, output = run(log, [sys.executable, "tools/run_unittests.py"], 120)
    return count_plain(status, output, "the tools' own tests")


def tidy_suite(log, changed):
    more = ["--changed"] if changed else []
    return one(run(log, [sys.executable, "tools/tidy.py", *more], LINT_SECONDS)[0])


def unit_suite(log, _changed):
    build(log, "dev", "unit_tests")
    JUNIT.unlink(missing_ok=True)
    shutil.rmtree(UNIT_RESULTS, ignore_errors=True)
    command = ["ctest", "--test-dir", "build/dev", "-j", str(project.jobs()), "--output-on-failure", "--no-tests=error",
               "--output-junit", str(JUNIT)]
    status, _ = run(log, command, 900)
    return count_unit(status, "ctest")


def count_meetings():
    """Of the whole matrix, of which a test keeps this list true."""
    known = json.loads((project.ROOT / "tests/netns/lib/meetings.json").read_text(encoding="utf-8"))
    return len(known["far"]) ** 2 + len(known["underOneRoof"])


def sim_suite(log, _changed):
    """The same worlds each time, so that what fails is a fault and no rare chance; `--long` goes where nobody has been."""
    build(log, "sim", "vv_sim_test")
    status, output = run(log, [sim.PROGRAM, "--gtest_brief=1", "--gtest_filter=Ice.FindsTheWayThatWasPredicted"], 600,
                         VISAVIS_SIM_RUNS=str(count_meetings()))
    matrix = one(0 if sim.has_passed(status, output) else 1)
    which = ["--hours", "1"] if is_long() else ["--from", "1", "--seeds", str(SIM_SEEDS)]
    status, output = run(log, [sys.executable, "tools/sim.py", *which], 2 * 3600 if is_long() else 900)
    return matrix + count_plain(status, output, "the simulation")


def web_suite(log, _changed):
    check = one(run(log, ["npm", "run", "--silent", "check"], 300, folder="web")[0])
    built, figures = run(log, ["node", "build.mjs", "--quiet", "--out", str(WEB_OUT)], 300, folder="web")
    print("".join(f"    {line}\n" for line in figures.splitlines() if line.startswith("first load")), end="", flush=True)
    status, output = run(log, ["npm", "test", "--silent"], 300, folder="web")
    return check + one(built) + count_node(status, output, "the page's unit tests")


def fuzz_suite(log, _changed):
    build(log, "fuzz", "fuzz_targets", before=STANDING_BACK)
    status, output = run(log, [*STANDING_BACK, sys.executable, "tools/fuzz.py", "all", str(FUZZ_SECONDS)], 900)
    return count_plain(status, output, "fuzzing")


def is_long():
    return os.environ.get(LONG) == "1"


def run_calls(log, folder, what, as_root=(), files=("suite.test.mjs",)):
    """Runs a suite of calls. A few cases that fail are tried again, each alone; which were is told, and the first output shown."""
    def attempt(*options):
        command = [*as_root, "node", "--test", "--test-reporter=spec", *options, *files]
        return run(log, command, LONG_CALLS_SECONDS if is_long() else CALLS_SECONDS, folder=folder, **PROGRAM)

    status, output = attempt()
    count, names = count_node(status, output, what), failed_cases(output)
    if not 0 < count.failed <= SECOND_TRIES or len(names) != count.failed:
        return count
    log.show_tail()
    unsteady = []
    for name in names:
        status, output = attempt(f"--test-name-pattern={re.escape(name)}")
        if status == 0 and NODE_PASSED.format(name) in output:
            unsteady.append(name)
    return Count(count.passed + len(unsteady), count.failed - len(unsteady), tuple(unsteady))


def browser_suite(log, _changed):
    build(log, "release", "visavis")
    return run_calls(log, "tests/browser", "the browser tests")


def interop_suite(log, _changed):
    build(log, "release", "visavis")
    build(log, "release", "visavis_peer_end")
    files = sorted(path.name for path in (project.ROOT / "tests/interop").glob("*.test.mjs"))
    return run_calls(log, "tests/interop", "the interoperation tests", files=files)


def program_suite(log, _changed):
    build(log, "release", "visavis")
    status, output = run(log, ["npm", "test", "--silent"], 600, folder="tests/program", **PROGRAM)
    return count_node(status, output, "the tests of the program")


def library_suite(log, _changed):
    """The library as somebody else's program meets it: installed, found by CMake and pkg-config, and nothing else of the tree."""
    build(log, "release", "visavis_library")
    shutil.rmtree(PREFIX, ignore_errors=True)
    must(log, ["cmake", "--install", "build/release", "--component", "library", "--prefix", str(PREFIX)], 60,
         "the library cannot be installed")
    must(log, ["cmake", "-S", "examples/library", "-B", "build/examples", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}",
               "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "--fresh"], 120, "the examples do not find the library")
    must(log, ["cmake", "--build", "build/examples"], 600, "the examples cannot be built")
    status, output = run(log, ["npm", "test", "--silent"], 300, folder="tests/library",
                         VISAVIS_EXAMPLES=str(project.ROOT / "build/examples"), VISAVIS_PREFIX=str(PREFIX))
    return count_node(status, output, "the tests of the library")


def netns_suite(log, _changed):
    as_root = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], check=False).returncode != 0:
            raise Broken("network namespaces need root: run ./dev test as root or with sudo at hand")
        passed_on = {"PATH": os.environ["PATH"], **PROGRAM, **({LONG: "1"} if is_long() else {})}
        as_root = ["sudo", "-n", "env", *(f"{name}={value}" for name, value in passed_on.items())]
    build(log, "release", "visavis")
    build(log, "release", "visavis_peer_end")
    return run_calls(log, "tests/netns", "the namespace tests", as_root)


SUITES = {
    "format": (format_suite, "every C++ file is as clang-format-19 writes it"),
    "layers": (layers_suite, "includes point downward, protocol code does no I/O, files stay short"),
    "tools": (tools_suite, "the checks above fail on what they should fail on"),
    "web": (web_suite, "the page: types and unit tests"),
    "unit": (unit_suite, "C++ unit and simulation tests, with sanitizers"),
    "sim": (sim_suite, f"every meeting of the matrix by ICE, and {SIM_SEEDS} seeds of everything random, optimised"),
    "tidy": (tidy_suite, "clang-tidy-19 on every C++ source, cached"),
    "library": (library_suite, "the library installed: the examples built with it, in one process and with Chromium"),
    "program": (program_suite, "the program as an operator meets it: files, signals, logs, metrics, reports and bans"),
    "interop": (interop_suite, "coturn's and other clients against our relay, our peer against browsers, libwebrtc and aiortc"),
    "fuzz": (fuzz_suite, f"every fuzz target for {FUZZ_SECONDS} s"),
    "browser": (browser_suite, "real calls between Chromium and Firefox on this machine"),
    "netns": (netns_suite, "calls through NATs in network namespaces (root)"),
}

# Half of the processors' time goes by unused while browsers wait for each other.
BEHIND_THE_OTHERS = {"tidy"}
# These wait for deadlines of the program and for the pace of coturn's client: a minute of processor time in five.
BESIDE_THE_NEXT = {"program", "interop"}


def cpu_seconds():
    """What all commands that have ended used together: on a busy machine this says more than a clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_suite(name, changed):
    print(f"==> {name}: {SUITES[name][1]}", flush=True)
    log, started, cpu = Log(name), time.monotonic(), cpu_seconds()
    try:
        count, why = SUITES[name][0](log, changed), ""
    except Broken as broken:
        count, why = Count(failed=1), f": {broken}"
    if count.failed:
        log.show_tail()
    if count.failed or count.unsteady:
        count = dataclasses.replace(count, accounts=tuple(f"{name}: {told}" for told in accounts_of(log.text())))
    for line in dict.fromkeys(LEFT_OUT.findall(log.text())):
        print(f"    {line}", flush=True)
    took = f"{time.monotonic() - started:.0f} s, {cpu_seconds() - cpu:.0f} s of CPU"
    print(f"    {name}: {count} ({took}){why}", flush=True)
    return count


class Beside:
    """A suite in a process of its own. Behind the others the kernel runs it only when no other process wants the processor."""

    def __init__(self, name, changed, is_behind=False):
        self.name = name
        self.counts = multiprocessing.SimpleQueue()
        self.process = multiprocessing.Process(target=self.work, args=(changed, is_behind), daemon=True)
        self.process.start()

    def work(self, changed, is_behind):
        os.setsid()
        if is_behind:
            give_way()
        self.counts.put(run_suite(self.name, changed))

    def count(self):
        # First what it says: it does not end before somebody reads it.
        while self.process.is_alive() and self.counts.empty():
            self.process.join(JOIN_SECONDS)
        count = Count(failed=1) if self.counts.empty() else self.counts.get()
        self.process.join()
        return count


def give_way():
    # Where this is not allowed it only runs beside the others. Sessions share the processors evenly whatever their
    # processes' class is, where the kernel groups by them.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        pathlib.Path("/proc/self/autogroup").write_text("19", encoding="ascii")


def run_suites(names, changed):
    behind = [Beside(name, changed, is_behind=True) for name in names if name in BEHIND_THE_OTHERS]
    counts, beside = {}, []
    for name in names:
        if name in BEHIND_THE_OTHERS:
            continue
        if name in BESIDE_THE_NEXT:
            beside.append(Beside(name, changed))
            continue
        counts[name] = run_suite(name, changed)
        counts |= {suite.name: suite.count() for suite in beside}
        beside.clear()
    return counts | {suite.name: suite.count() for suite in beside + behind}


def chosen_suites(names):
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        sys.exit(f"visavis: there is no suite '{unknown[0]}'; there are: {', '.join(SUITES)}")
    return [name for name in SUITES if not names or name in names]


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what runs ends with this, lint behind the others too
    if "--list" in arguments:
        for name, (_, what) in SUITES.items():
            print(f"{name:9}{what}")
        return 0
    if "--long" in arguments:
        os.environ[LONG] = "1"
    names = chosen_suites([name for name in arguments if name not in ("--changed", "--long")])
    counts = run_suites(names, "--changed" in arguments)
    broken = [name for name, count in counts.items() if count.failed]
    total = sum(counts.values(), Count())
    for account in total.accounts[:ACCOUNTS]:
        print(account.replace("\n", "\n    "))
    for name in total.unsteady:
        print(f"passed at the second try only, to be looked into: {name}")
    if broken:
        print(f"failed: {', '.join(broken)}")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
