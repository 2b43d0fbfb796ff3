"""Counting what test runners print: a failure must never look like a success."""

import contextlib
import fcntl
import io
import json
import multiprocessing
import os
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import suites
import tidy

NODE_18 = "TAP version 13\n# tests 3\n# pass 3\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n"
NODE_20 = "\u2139 tests 4\n\u2139 pass 2\n\u2139 fail 1\n\u2139 cancelled 0\n\u2139 skipped 1\n\u2139 todo 0\n"


class CountTest(unittest.TestCase):
    def test_adds_up_both_forms_of_nodes_summary(self):
        self.assertEqual(suites.count_node(0, NODE_18, "x"), suites.Count(3, 0))
        self.assertEqual(suites.count_node(1, NODE_20, "x"), suites.Count(2, 2))
        self.assertEqual(suites.count_node(1, NODE_18 + NODE_20, "x"), suites.Count(5, 2))

    def test_a_suite_of_node_that_was_skipped_is_a_failure(self):
        # Its cases stand in no total, neither as run nor as skipped.
        for skipped in ("\ufe63 two homes (0.6ms) # no root\n", "\u25b6 outer\n  \ufe63 inner (0.1ms) # SKIP\n",
                        "# Subtest: x\nok 1 - two homes # SKIP no root\n", "    ok 4 - inner # SKIP\n    1..4\n"):
            self.assertEqual(suites.count_node(0, skipped + NODE_18, "x"), suites.Count(3, 1), skipped)

    def test_counts_a_skipped_test_once_and_no_name_that_looks_like_one(self):
        line, total = "\ufe63 a (0.1ms) # SKIP\n", NODE_20.replace("fail 1", "fail 0")
        self.assertEqual(suites.count_node(0, line + total, "x"), suites.Count(2, 1))
        self.assertEqual(suites.count_node(0, line * 2 + total, "x"), suites.Count(2, 2), "and the suite beside it")
        self.assertEqual(suites.count_node(0, "ok 1 - says \\# SKIP\n" + NODE_18, "x"), suites.Count(3, 0))

    def test_reads_a_skipped_suite_from_node_itself(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "x.test.mjs")
            file.write_text("import { describe, it } from 'node:test';\nit('runs', () => {});\n"
                            "describe('two homes', { skip: 'no root' }, () => it('never runs', () => {}));\n", encoding="utf-8")
            for reporter in ("spec", "tap"):
                ran = subprocess.run(["node", "--test", f"--test-reporter={reporter}", str(file)],
                                     capture_output=True, text=True, check=False)
                self.assertEqual(suites.count_node(ran.returncode, ran.stdout, "x"), suites.Count(1, 1), ran.stdout)

    def test_a_run_without_tests_or_with_a_hidden_failure_is_broken(self):
        for status, output in ((0, ""), (0, NODE_18.replace("3", "0")), (1, NODE_18), (1, "Error: no such file")):
            with self.assertRaises(suites.Broken):
                suites.count_node(status, output, "x")

    def test_reads_the_last_plain_count(self):
        self.assertEqual(suites.count_plain(1, "fuzz: 3 passed, 1 failed\n", "x"), suites.Count(3, 1))
        self.assertEqual(suites.count_plain(0, "7 passed, 0 failed\n8 passed, 0 failed\n", "x"), suites.Count(8, 0))
        with self.assertRaises(suites.Broken):
            suites.count_plain(0, "no count", "x")

    def count_unit(self, status, programs, **cases):
        """As ctest and GoogleTest leave them: programs by name and status, cases by program."""
        with tempfile.TemporaryDirectory() as folder:
            for name, value in (("JUNIT", pathlib.Path(folder, "unit.xml")), ("UNIT_RESULTS", pathlib.Path(folder))):
                self.addCleanup(setattr, suites, name, getattr(suites, name))
                setattr(suites, name, value)
            ran = "".join(f'<testcase name="{name}" status="{how}"/>' for name, how in programs.items())
            suites.JUNIT.write_text(f"<testsuite>{ran}</testsuite>", encoding="utf-8")
            for name, inside in cases.items():
                text = f"<testsuites><testsuite>{inside}</testsuite></testsuites>"
                pathlib.Path(folder, f"{name}.xml").write_text(text, encoding="utf-8")
            return suites.count_unit(status, "x")

    def test_counts_the_cases_of_the_programs_that_ctest_ran(self):
        passed = '<testcase status="run" result="completed"/>'
        skipped = '<testcase status="run" result="skipped"/><testcase status="notrun" result="suppressed"/>'
        failed = '<testcase status="run" result="completed"><failure/></testcase>'
        self.assertEqual(self.count_unit(0, {"a": "run", "corpus.b": "run"}, a=passed * 3), suites.Count(4, 0))
        self.assertEqual(self.count_unit(8, {"a": "fail"}, a=passed + failed), suites.Count(1, 1))
        self.assertEqual(self.count_unit(0, {"a": "run"}, a=passed + skipped), suites.Count(1, 2))

    def test_a_program_that_ends_badly_is_a_failure_whatever_its_cases_say(self):
        passed = '<testcase status="run" result="completed"/>'
        self.assertEqual(self.count_unit(8, {"leaks": "fail"}, leaks=passed), suites.Count(1, 1))
        self.assertEqual(self.count_unit(8, {"crashed": "fail", "a": "run"}, a=passed), suites.Count(1, 1))
        with self.assertRaises(suites.Broken):
            self.count_unit(8, {"a": "run"}, a=passed)

    def test_stops_what_takes_too_long(self):
        original, suites.HEARTBEAT_SECONDS = suites.HEARTBEAT_SECONDS, 0.05
        self.addCleanup(setattr, suites, "HEARTBEAT_SECONDS", original)
        with tempfile.TemporaryDirectory() as folder:
            original_logs, suites.LOGS = suites.LOGS, pathlib.Path(folder)
            self.addCleanup(setattr, suites, "LOGS", original_logs)
            log = suites.Log("x")
            with self.assertRaisesRegex(suites.Broken, "took longer"):
                suites.run(log, ["sleep", "60"], 0.1)


FLAKY = """
import { describe, it } from 'node:test';
import { existsSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
describe('all', () => {
  it('holds (always): a, b', () => {});
  for (const name of NAMES) {
    it(name, () => {
      const mark = name.replace(/[^a-z]/g, '_');
      if (existsSync(mark) && !name.startsWith('bad')) return;
      writeFileSync(mark, '');
      assert.fail('not yet');
    });
  }
});
"""


class SecondTryTest(unittest.TestCase):
    def calls(self, *names):
        """A suite whose named cases fail the first time; those that begin with `bad` always do."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(suites, "LOGS", pathlib.Path(folder)), \
                contextlib.redirect_stdout(io.StringIO()) as out:
            text = FLAKY.replace("NAMES", json.dumps(names))
            pathlib.Path(folder, "suite.test.mjs").write_text(text, encoding="utf-8")
            log = suites.Log("x")
            count = suites.run_calls(log, folder, "x")
            self.accounts = suites.accounts_of(log.text()) if count.failed else ()
        return count, out.getvalue()

    def test_what_passes_alone_has_passed_and_is_named(self):
        count, shown = self.calls("late (once): a, b")
        self.assertEqual(count, suites.Count(2, 0, ("late (once): a, b",)))
        self.assertIn("not yet", shown, "how it failed first")

    def test_the_end_repeats_what_failed(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(suites, "LOGS", pathlib.Path(folder)), \
                mock.patch.dict(suites.SUITES, {"x": (lambda log, _: suites.one(suites.run(log, ["sh", "-c", "echo why; false"], 5)[0]), "x")}), \
                contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(suites.main(["x"]), 1)
        self.assertEqual(out.getvalue().split("\n")[-4:], ["x: why", "failed: x", "0 passed, 1 failed", ""])

    def test_what_fails_again_has_failed(self):
        self.assertEqual(self.calls("late", "bad")[0], suites.Count(2, 1, ("late",)))
        self.assertEqual([account.partition(" (")[0] for account in self.accounts], ["✖ late", "✖ bad", "✖ bad"])
        self.assertTrue(all("not yet" in account for account in self.accounts), self.accounts)

    def test_more_than_a_few_are_no_accident(self):
        names = [f"late {'x' * i}" for i in range(suites.SECOND_TRIES + 1)]
        self.assertEqual(self.calls(*names)[0], suites.Count(1, len(names)))

    def test_a_suite_in_which_nothing_fails_is_run_once(self):
        self.assertEqual(self.calls()[0], suites.Count(1, 0))


class BesideTest(unittest.TestCase):
    def run_beside(self, names, **suites_by_name):
        known = {name: (suite, "for a test") for name, suite in suites_by_name.items()}
        with mock.patch.dict(suites.SUITES, known), mock.patch.object(suites, "BEHIND_THE_OTHERS", {"behind"}), \
                mock.patch.object(suites, "BESIDE_THE_NEXT", {"beside"}), contextlib.redirect_stdout(io.StringIO()):
            return suites.run_suites(names, changed=False)

    def test_counts_what_ran_behind_the_others(self):
        counts = self.run_beside(["behind"], behind=lambda _log, _changed: suites.Count(passed=2))
        self.assertEqual(counts, {"behind": suites.Count(passed=2)})

    def test_what_dies_behind_the_others_or_beside_one_is_a_failure(self):
        for name in ("behind", "beside"):
            counts = self.run_beside([name], **{name: lambda _log, _changed: os._exit(0)})
            self.assertEqual(counts, {name: suites.Count(failed=1)})

    def test_one_that_has_much_to_say_is_heard(self):
        much = ("x" * 1_000_000,)
        counts = self.run_beside(["beside"], beside=lambda _log, _changed: suites.Count(passed=1, unsteady=much))
        self.assertTrue(counts["beside"].unsteady == much, "all of it")

    def test_runs_beside_the_next_suite_and_no_further(self):
        # Each waits for the other's word: one after the other they would wait for ever.
        begun, ended = multiprocessing.Event(), multiprocessing.Event()

        def beside(_log, _changed):
            begun.set()
            well = ended.wait(20)
            return suites.Count(passed=int(well), failed=int(not well))

        def following(_log, _changed):
            well = begun.wait(20)
            ended.set()
            return suites.Count(passed=int(well), failed=int(not well))

        left = []

        def last(_log, _changed):
            left.extend(multiprocessing.active_children())
            return suites.Count(passed=1)

        counts = self.run_beside(["beside", "following", "last"], beside=beside, following=following, last=last)
        self.assertEqual(counts, {name: suites.Count(passed=1) for name in ("beside", "following", "last")})
        self.assertEqual(left, [], "what ran beside has ended")

    def test_one_build_at_a_time(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(suites, "LOGS", pathlib.Path(folder)), \
                mock.patch.object(suites, "must") as built:
            def is_free(*_command, **_more):
                with pathlib.Path(folder, "build.lock").open("w", encoding="utf-8") as held:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)

            built.side_effect = is_free
            with self.assertRaises(BlockingIOError):
                suites.build(suites.Log("x"), "release", "visavis")
            is_free()  # and let go of, whatever came of it


class LeftOutTest(unittest.TestCase):
    def shown(self, output):
        def suite(log, _changed):
            suites.run(log, ["printf", "%s", output], 5)
            return suites.Count(passed=1)

        shown = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(suites, "LOGS", pathlib.Path(folder)), \
                mock.patch.dict(suites.SUITES, {"x": (suite, "for a test")}), contextlib.redirect_stdout(shown):
            suites.run_suite("x", changed=False)
        return [line.strip() for line in shown.getvalue().splitlines() if "Skipped" in line]

    def test_what_a_machine_cannot_do_is_said_once_where_the_counts_are(self):
        for form in ("Skipped: a weak device.\n", "# Skipped: a weak device.\n", "\u2139 Skipped: a weak device.\n"):
            self.assertEqual(self.shown("one\n" + form * 2 + "two\n"), ["Skipped: a weak device."], form)

    def test_nothing_else_is_taken_for_it(self):
        for line in ("it says Skipped: x\n", "Skipped:\n", "# skipped 0\n", "ok 1 - Skipped: x\n"):
            self.assertEqual(self.shown(line), [], line)


class LongTest(unittest.TestCase):
    def run_calls(self, *arguments):
        """What the suite is run with: its environment's word, its limit, and what a run as root is passed."""
        seen = {}

        def run(_log, command, limit, **_more):
            seen.update(long=os.environ.get(suites.LONG), limit=limit, command=command)
            return 0, NODE_18

        clean = {name: value for name, value in os.environ.items() if name != suites.LONG}
        with mock.patch.dict(os.environ, clean, clear=True), mock.patch.object(suites, "run", run), \
                mock.patch.object(suites, "build"), mock.patch.object(suites.os, "geteuid", return_value=1000), \
                mock.patch.object(suites.shutil, "which", return_value="/usr/bin/sudo"), \
                mock.patch.object(suites.subprocess, "run", return_value=mock.Mock(returncode=0)), \
                mock.patch.object(suites, "Log", **{"return_value.text.return_value": ""}), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(suites.main(list(arguments)), 0)
        return seen

    def test_a_long_run_is_told_to_the_suite_and_has_its_time(self):
        seen = self.run_calls("netns", "--long")
        self.assertEqual((seen["long"], seen["limit"]), ("1", suites.LONG_CALLS_SECONDS))
        self.assertIn(f"{suites.LONG}=1", seen["command"], "nor does sudo keep it back")
        seen = self.run_calls("browser", "--long")
        self.assertEqual((seen["long"], seen["limit"]), ("1", suites.LONG_CALLS_SECONDS))

    def test_any_other_run_is_short(self):
        seen = self.run_calls("netns")
        self.assertEqual((seen["long"], seen["limit"]), (None, suites.CALLS_SECONDS))
        self.assertFalse([word for word in seen["command"] if word.startswith(suites.LONG)])


class TidyTest(unittest.TestCase):
    def test_a_header_in_the_closure_changes_the_key(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src/a").mkdir(parents=True)
            (root / "src/a/x.cpp").write_text('#include "a/y.h"\n', encoding="utf-8")
            (root / "src/a/y.h").write_text('#include "z.h"\n', encoding="utf-8")
            (root / "src/a/z.h").write_text("int z;\n", encoding="utf-8")
            original, tidy.project.ROOT = tidy.project.ROOT, root
            self.addCleanup(setattr, tidy.project, "ROOT", original)
            source = pathlib.Path("src/a/x.cpp")
            before = tidy.key_of(source, "-O1", tidy.Includes(), "19")
            self.assertEqual(tidy.key_of(source, f"-I{root}/src", tidy.Includes(), "19"),
                             tidy.key_of(source, "-I/src", tidy.Includes(), "19"), "another clone may know the file")
            self.assertEqual(before, tidy.key_of(source, "-O1", tidy.Includes(), "19"))
            self.assertNotEqual(before, tidy.key_of(source, "-O2", tidy.Includes(), "19"))
            (root / "src/a/z.h").write_text("long z;\n", encoding="utf-8")
            self.assertNotEqual(before, tidy.key_of(source, "-O1", tidy.Includes(), "19"))


if __name__ == "__main__":
    unittest.main()
