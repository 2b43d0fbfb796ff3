"""Prints the notes of a release: its section of CHANGELOG.md, and which page it carries by the program's own word.

  tools/release_notes.py          asks build/release/src/apps/visavis, whose version's section it is

The hash comes from the program that is published and from nowhere else. Where the section says it already, it must say the same.
"""

import re
import subprocess
import sys

import project

PROGRAM = project.ROOT / "build/release/src/apps/visavis"
CLAIM = re.compile(r"visavis (\d+\.\d+\.\d+)\npage ([0-9a-f]{64})\n")
HEADING = re.compile(r"^## \[([^\]]+)\]", re.MULTILINE)
SAID = re.compile(r"^page (\S+)$", re.MULTILINE)


class Refused(Exception):
    """There are no notes to print; the text says why in one line."""


def section_of(changelog, version):
    """Heading and text of what a version brought."""
    headings = list(HEADING.finditer(changelog))
    for at, heading in enumerate(headings):
        if heading.group(1) == version:
            end = headings[at + 1].start() if at + 1 < len(headings) else len(changelog)
            title, _, text = changelog[heading.start():end].partition("\n")
            return title, text.strip()
    raise Refused(f"CHANGELOG.md has no section [{version}]: name the newest one after the version and the day")


def notes(changelog, claim):
    """The notes of the version that says `claim` when it is asked for its version."""
    read = CLAIM.fullmatch(claim)
    if not read:
        raise Refused(f"the program does not say its version and its page: {claim!r}")
    version, page = read.groups()
    title, text = section_of(changelog, version)
    said = SAID.findall(text)
    if not said:
        return f"{title}\npage {page}\n\n{text}\n"
    if said != [page]:
        raise Refused(f"CHANGELOG.md says page {' and '.join(said)} of {version}, and the program has {page}")
    return f"{title}\n{text}\n"


def main():
    try:
        claim = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
        print(notes((project.ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), claim), end="")
    except (OSError, subprocess.CalledProcessError, Refused) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
