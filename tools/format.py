"""Checks that every C++ file is as clang-format-19 wants it; --write makes it so."""

import subprocess
import sys

import project

CLANG_FORMAT = "clang-format-19"


def main():
    names = [str(path) for path in project.cpp_files()]
    mode = ["-i"] if "--write" in sys.argv[1:] else ["--dry-run", "-Werror"]
    status = subprocess.run([CLANG_FORMAT, *mode, *names], cwd=project.ROOT, check=False).returncode
    if status == 0:
        print(f"{len(names)} C++ files are formatted")
    else:
        print("some C++ files are not formatted: ./dev format mends them")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
