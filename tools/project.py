"""What the other tools share: where the project is, its C++ files, how many jobs to run."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
CPP_FOLDERS = ("src", "sim", "tests", "bench", "examples", "include")
CPP_ENDINGS = {".h", ".cpp"}
NOT_OURS = {"node_modules", "dist", "build", ".git"}


def files(folders, endings):
    """Every file below the folders with one of the endings, sorted, as paths relative to the project."""
    found = []
    for folder in folders:
        for where, below, names in os.walk(ROOT / folder):
            below[:] = [name for name in below if name not in NOT_OURS]
            found += [pathlib.Path(where, name) for name in names if pathlib.Path(name).suffix in endings]
    return sorted(path.relative_to(ROOT) for path in found)


def cpp_files():
    return files(CPP_FOLDERS, CPP_ENDINGS)


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")


def changed_files():
    """Files that differ from where this work started: the merge base with origin/main, or the last commit."""
    base = (git("merge-base", "HEAD", "origin/main")[0] or git("rev-parse", "HEAD~")[0] or "HEAD").strip()
    names = git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")
    return sorted({pathlib.Path(name) for name in names if name and (ROOT / name).is_file()})


def jobs():
    return int(os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL") or len(os.sched_getaffinity(0)))
