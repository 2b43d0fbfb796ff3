"""A run of simulated calls that played nothing has not passed, and one that failed can be played again."""

import unittest

from sim import PROGRAM, SEEDS_A_SECOND, SEEDS_AT_ONCE, first_seed, has_passed, idle_patterns, replay_of

# What gtest prints with --gtest_brief=1.
PLAYED = "[==========] 3 tests from 2 test suites ran. (120 ms total)\n[  PASSED  ] 3 tests.\n"
PLAYED_TEN = "[==========] 10 tests from 10 test suites ran. (120 ms total)\n[  PASSED  ] 10 tests.\n"
PLAYED_NOTHING = "[==========] 0 tests from 0 test suites ran. (0 ms total)\n[  PASSED  ] 0 tests.\n"


class SimTest(unittest.TestCase):
    def test_passes_only_what_played_something(self):
        self.assertTrue(has_passed(0, PLAYED))
        self.assertTrue(has_passed(0, PLAYED_TEN))
        self.assertFalse(has_passed(0, PLAYED_NOTHING))
        self.assertFalse(has_passed(1, PLAYED))
        self.assertFalse(has_passed(-6, ""), "an assertion ended it")

    def test_knows_a_name_that_is_no_test_any_more(self):
        listed = {"Ice.*": "Running main() from gtest_main.cc\nIce.\n  FindsAWay\n", "Gone.*": "Running main() from gtest_main.cc\n"}
        self.assertEqual(idle_patterns("Ice.*:Gone.*", listed.__getitem__), ["Gone.*"])

    def test_says_how_the_seeds_of_a_run_are_played_again(self):
        self.assertEqual(
            replay_of("Ice.*", 801),
            f"VISAVIS_SIM_FROM=801 VISAVIS_SIM_RUNS={SEEDS_AT_ONCE} {PROGRAM} --gtest_filter='Ice.*'")

    def test_begins_where_it_is_told_and_else_where_nobody_has_been(self):
        self.assertEqual(first_seed(801, 5.5), 801)
        self.assertEqual(first_seed(0, 5.5), 1)
        self.assertEqual(first_seed(None, 5.5), 5 * SEEDS_A_SECOND)


if __name__ == "__main__":
    unittest.main()
