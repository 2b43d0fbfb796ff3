"""The notes of a release say which page it carries, and never another one than the program does."""

import unittest

from release_notes import Refused, notes

PAGE = "0123456789abcdef" * 4
CLAIM = f"visavis 0.2.0\npage {PAGE}\n"
OLDER = "## [0.1.0] - 2020-01-01\n\n### Added\n- The first.\n"
NEWEST = "# Changelog\n\n## [Unreleased]\n\n"


def changelog(under_heading):
    return f"{NEWEST}## [0.2.0] - 2020-02-02\n{under_heading}\n### Added\n- Another.\n\n{OLDER}"


class NotesTest(unittest.TestCase):
    def test_puts_the_page_under_the_heading_of_its_version_and_takes_no_other_section(self):
        expected = f"## [0.2.0] - 2020-02-02\npage {PAGE}\n\n### Added\n- Another.\n"
        self.assertEqual(notes(changelog(""), CLAIM), expected)
        self.assertEqual(notes(changelog(f"page {PAGE}\n"), CLAIM), expected, "said in the section already")

    def test_takes_the_last_section_to_its_end(self):
        expected = f"## [0.1.0] - 2020-01-01\npage {PAGE}\n\n### Added\n- The first.\n"
        self.assertEqual(notes(changelog(""), CLAIM.replace("0.2.0", "0.1.0")), expected)

    def test_refuses_a_section_that_says_another_page_or_two(self):
        other = PAGE[::-1]
        for said in (f"page {other}\n", f"page {PAGE[1:]}\n", f"page {PAGE}\npage {other}\n"):
            with self.assertRaisesRegex(Refused, r"^CHANGELOG\.md says page .* of 0\.2\.0, and the program has "):
                notes(changelog(said), CLAIM)

    def test_refuses_a_version_without_a_section(self):
        with self.assertRaisesRegex(Refused, r"has no section \[0\.3\.0\]"):
            notes(changelog(""), CLAIM.replace("0.2.0", "0.3.0"))

    def test_refuses_a_program_that_does_not_say_its_page(self):
        for claim in ("", "visavis 0.2.0\n", CLAIM.replace(PAGE, PAGE[1:]), CLAIM + "more\n"):
            with self.assertRaisesRegex(Refused, "does not say its version and its page"):
                notes(changelog(""), claim)
