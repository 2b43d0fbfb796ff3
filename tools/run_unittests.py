"""Runs the tests of the tools themselves (tools/*_test.py) and prints how many passed."""

import sys
import unittest

import project


def main():
    suite = unittest.defaultTestLoader.discover(str(project.ROOT / "tools"), pattern="*_test.py")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped)
    print(f"tools: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
