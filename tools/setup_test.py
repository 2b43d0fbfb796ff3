"""What ./dev says when it cannot install what is missing: one line, as the last, that says what to do."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import project

SETUP = project.ROOT / "tools/setup.sh"
NOBODY = 65534
# What setup.sh may count on: bash, and the commands of coreutils and their like.
USUAL = ("bash", "cat", "cut", "env", "grep", "mkdir", "sha256sum", "sleep", "sed", "tail", "tr", "true", "nproc")


class SetupTest(unittest.TestCase):
    """Each test has a project of its own and a PATH that holds nothing but what it puts there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.root.chmod(0o777)
        for name in ("tools", "web", "bin"):
            (self.root / name).mkdir()
            (self.root / name).chmod(0o777)
        shutil.copy(SETUP, self.root / "tools/setup.sh")
        (self.root / "tools/debian-packages.txt").write_text("[build]\ng++\ncmake or-command:cmake\n", encoding="utf-8")
        (self.root / "web/package-lock.json").write_text("{}", encoding="utf-8")
        for name in USUAL:
            (self.root / "bin" / name).symlink_to(shutil.which(name))

    def command(self, name, script):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def a_debian(self, installed=(), apt="exit 0"):
        lines = "".join(f"{name} install ok installed\\n" for name in installed)
        self.command("dpkg-query", f"printf '{lines}'")
        self.command("apt-get", apt)
        self.command("sudo", 'while [[ $1 == -* ]]; do shift; done; exec "$@"')

    def run_setup(self, commands, user=None):
        script = f"set -euo pipefail; source tools/setup.sh; {commands}"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.root,
            env={"PATH": str(self.root / "bin"), "LANG": "C.UTF-8"},
            user=user if os.geteuid() == 0 else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def expect_refusal(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        last = done.stderr.strip().splitlines()[-1]
        self.assertTrue(last.startswith("visavis: "), done.stderr)
        for word in words:
            self.assertIn(word, last)

    def test_another_system_is_told_what_this_needs(self):
        self.expect_refusal(self.run_setup("install_debian build"), "Debian 12", "apt-get")

    def test_who_is_not_root_is_told_what_root_should_run(self):
        self.a_debian(installed=["cmake"])
        (self.root / "bin/sudo").unlink()
        done = self.run_setup("install_debian build", user=NOBODY)
        self.expect_refusal(done, "only root", "apt-get install --no-install-recommends g++")
        self.assertNotIn("cmake", done.stderr)

    def test_without_a_network_the_last_line_says_so(self):
        self.a_debian(apt="echo 'Could not resolve deb.debian.org' >&2; exit 100")
        done = self.run_setup("install_debian build")
        self.expect_refusal(done, "network", "apt-get install --no-install-recommends g++ cmake")
        self.assertIn("Could not resolve", done.stderr)

    def test_what_is_there_is_not_installed_again(self):
        self.a_debian(installed=["g++"], apt="exit 100")
        self.command("cmake", "exit 0")
        done = self.run_setup("install_debian build; echo ready")
        self.assertEqual((done.returncode, done.stdout), (0, "ready\n"), done.stderr)

    def test_what_is_missing_is_installed(self):
        self.a_debian(installed=["cmake"], apt='echo "$@" >>asked')
        done = self.run_setup("install_debian build; echo ready")
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = (self.root / "asked").read_text(encoding="utf-8").splitlines()
        self.assertEqual(asked[0].split()[0], "update")
        self.assertRegex(asked[1], r"^install .*--no-install-recommends .*\bg\+\+$")

    def test_an_old_node_is_named(self):
        self.command("node", "echo 16")
        self.expect_refusal(self.run_setup("install_npm web"), "node 16 is too old", "18")

    def test_a_node_that_does_not_run_is_named(self):
        self.expect_refusal(self.run_setup("install_npm web"), "node does not run")

    def test_npm_packages_that_cannot_be_had_are_named(self):
        self.command("node", "echo 18")
        self.command("npm", "echo 'network timeout' >&2; exit 1")
        self.expect_refusal(self.run_setup("install_npm web"), "npm packages", "network", "npm ci")

    def test_npm_packages_are_installed_once_and_again_for_another_lock_file(self):
        self.command("node", "echo 18")
        self.command("npm", "mkdir -p node_modules; echo x >>installed")
        for _ in range(2):
            self.assertEqual(self.run_setup("install_npm web").returncode, 0)
        count = lambda: len((self.root / "web/installed").read_text(encoding="utf-8").split())
        self.assertEqual(count(), 1)
        (self.root / "web/package-lock.json").write_text('{"name": "x"}', encoding="utf-8")
        self.assertEqual(self.run_setup("install_npm web").returncode, 0)
        self.assertEqual(count(), 2)


if __name__ == "__main__":
    unittest.main()
