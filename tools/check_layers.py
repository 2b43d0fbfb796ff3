"""Checks the shape of the tree, which no compiler does:

  direction   an #include points only to a folder that src/CMakeLists.txt puts below; the public headers are src/api's to
              implement
  libraries   outside libraries are used only where they belong; public headers use the C++ library and each other
  sans-I/O    below src/net nothing reads a clock, opens a socket or file, locks, sleeps or asks for randomness;
              src/apps has no headers of sockets and files, its tests aside; sim keeps to what stands below src/net,
              and to the same, but what it has for tests alone may ask the environment and print
  length      no source is longer than 600 lines unless tools/long_files.txt says why

  tools/check_layers.py [ROOT]    prints each break as path:line and ends in "layers: N passed, N failed"
"""

import pathlib
import re
import sys

import project

LINES_MAX = 600
EXCEPTIONS = "tools/long_files.txt"
CPP = {".h", ".cpp"}
COUNTED = CPP | {".ts", ".tsx", ".mjs", ".css", ".py"}
COUNTED_FOLDERS = (*project.CPP_FOLDERS, "web", "tools", "deploy", "cmake")
# The first folder with I/O; it and what stands above it may do what the machines may not.
FIRST_WITH_IO = "net"

FOLDER = re.compile(r"^\s*vv_folder\(\s*(\w+)((?:\s+\w+)*?)\s*(?:\)|\bLIBRARIES\b)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)

# Where each outside library may appear, by the start of its header's name.
LIBRARIES = {
    "openssl/": {"crypto", "dtls", "net", "apps"},
    "nlohmann/": {"signal", "caller", "net", "apps"},
    "toml++/": {"apps"},
    "CLI/": {"apps"},
    "fmt/": {"net", "apps"},
    "spdlog/": {"net", "apps"},
    "http_parser.h": {"net"},
    "sqlite3.h": {"net"},
    "zlib.h": {"net"},
    "brotli/": {"net"},
}
TEST_LIBRARIES = ("gnutls/", "gtest/", "gmock/", "srtp2/", "usrsctp.h", "wslay/")

# Headers no sans-I/O folder needs. OpenSSL's random generator, sockets and files are in it too.
IO_HEADERS = re.compile(
    r"^(sys/|netinet/|arpa/|net/|linux/|(unistd|fcntl|poll|pthread|signal|netdb|ifaddrs|termios|time|dirent)\.h$"
    r"|(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|atomic"
    r"|fstream|iostream|filesystem|random|ctime|csignal)$"
    r"|openssl/(rand|ssl|bio)\.h$)")
IO_WORDS = re.compile(
    r"(?:\b|(?=::))(?:system_clock|steady_clock|high_resolution_clock|utc_clock|now\s*\(\s*\)|clock_gettime|gettimeofday"
    r"|std::time|time\s*\(\s*(?:nullptr|NULL|0)\s*\)"
    r"|random_device|mt19937|RAND_\w+|getrandom|getentropy|s?rand\s*\("
    r"|std::mutex|lock_guard|unique_lock|scoped_lock|std::j?thread|this_thread|thread_local|std::async|std::atomic"
    r"|u?sleep\s*\(|nanosleep|(?:secure_)?getenv|setenv|environ"
    r"|(?<![\w>])::(?:socket|bind|connect|listen|accept|open|close|read|write)\s*\(|sendto|recvfrom|sendmsg|recvmsg|epoll_\w+"
    r"|fopen|[io]?fstream|std::cout|std::cerr|std::cin|std::clog|std::printf|std::system|popen|fork\s*\()")
# What `apps` leaves to the folder below: it reads its options and prints. <unistd.h> is let through for main.cpp.
SOCKET_AND_FILE_HEADERS = re.compile(
    r"^(sys/|netinet/|arpa/|net/|linux/|(fcntl|poll|netdb|ifaddrs|dirent)\.h$|fstream$)")
# What programs of others include, and the folder that is made of it.
PUBLIC, PUBLIC_FOLDER = "visavis", "api"
CPP_LIBRARY_HEADER = re.compile(r"^[a-z_]+$")
# The simulated internet stands beside src: on the machines, and on nothing that does I/O.
SIM = "sim"
# What a page speaks, for tests that play one.
SIM_TEST_LIBRARIES = ("nlohmann/",)
# An assertion's last words and those of the simulated run that it ended, and the places that answer what OpenSSL and, in
# tests, usrsctp ask of the system's clock.
IO_ALLOWED = {"src/base/assert.h", "sim/scenario_for_test.h", "src/dtls/openssl_clock.cpp",
              "src/dtls/openssl_clock_test.cpp", "src/sctp/usrsctp_for_test.h"}
# OpenSSL's engine of TLS and where it reads and writes: by themselves neither opens anything.
TLS_HEADERS = re.compile(r"^openssl/(ssl|bio)\.h$")
TLS_ALLOWED = {"dtls"}


def blanked(text):
    """The text with comments and literals blanked, line numbers kept."""
    return COMMENT_OR_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def layers_of(text):
    """From src/CMakeLists.txt: the folders from the bottom up, and what each may include."""
    order, reach = [], {}
    for name, uses in FOLDER.findall(re.sub(r"#[^\n]*", "", text)):
        order.append(name)
        reach[name] = {name}.union(*(reach[use] for use in uses.split()))
    return order, reach


class Checker:
    def __init__(self, root):
        self.root = root
        self.order, self.reach = layers_of((root / "src/CMakeLists.txt").read_text(encoding="utf-8"))
        self.breaks = {"direction": [], "libraries": [], "sans-I/O": [], "length": []}

    def report(self, rule, path, line, message):
        self.breaks[rule].append(f"{path}:{line}: {message}")

    def does_io(self, folder):
        return self.order.index(folder) >= self.order.index(FIRST_WITH_IO)

    def files(self, folders, endings):
        found = [path for folder in folders for path in sorted((self.root / folder).rglob("*")) if path.is_file()]
        relative = [path.relative_to(self.root) for path in found if path.suffix in endings]
        return [path for path in relative if not project.NOT_OURS & set(path.parts)]

    def check_project_include(self, path, line, folder, name):
        target = name.split("/")[0]
        if target == PUBLIC:
            if folder != PUBLIC_FOLDER or not (self.root / "include" / name).is_file():
                self.report("direction", path, line, f'src/{folder} may not include "{name}"')
        elif target in self.order:
            if target not in self.reach[folder]:
                self.report("direction", path, line, f'src/{folder} may not include "{name}"')
        elif "/" in name or not (self.root / path.parent / name).is_file():
            self.report("direction", path, line, f'"{name}" is no header of a folder under src')

    def check_system_include(self, path, line, folder, name):
        is_test = path.stem.endswith("_test") or "test" in path.stem.split("_")
        for start, allowed in LIBRARIES.items():
            if name.startswith(start) and folder not in allowed:
                self.report("libraries", path, line, f"<{name}> does not belong into src/{folder}")
        if name.startswith(TEST_LIBRARIES) and not is_test:
            self.report("libraries", path, line, f"<{name}> is for tests only")
        if folder == "apps" and not is_test and SOCKET_AND_FILE_HEADERS.match(name):
            self.report("sans-I/O", path, line, f"<{name}> belongs into src/{FIRST_WITH_IO}")
        excused = str(path) in IO_ALLOWED or (folder in TLS_ALLOWED and TLS_HEADERS.match(name))
        if not self.does_io(folder) and not excused and IO_HEADERS.match(name):
            self.report("sans-I/O", path, line, f"<{name}> has no place below src/{FIRST_WITH_IO}")

    def check_words(self, path, folder, text):
        if self.does_io(folder) or str(path) in IO_ALLOWED:
            return
        for number, line in enumerate(blanked(text).split("\n"), 1):
            for match in IO_WORDS.finditer(line):
                self.report("sans-I/O", path, number, f"'{match.group()}' has no place below src/{FIRST_WITH_IO}")

    def check_source(self, path):
        folder = path.parts[1]
        if len(path.parts) < 3 or folder not in self.order:
            self.report("direction", path, 1, "stands in no folder that src/CMakeLists.txt names")
            return
        text = (self.root / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if match := INCLUDE.match(line):
                check = self.check_project_include if match.group(1) == '"' else self.check_system_include
                check(path, number, folder, match.group(2))
        self.check_words(path, folder, text)

    def check_public(self, path):
        for number, line in enumerate((self.root / path).read_text(encoding="utf-8").split("\n"), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name = match.group(2)
            is_public = name.startswith(f"{PUBLIC}/") and (self.root / "include" / name).is_file()
            if match.group(1) == '"' and not is_public:
                self.report("direction", path, number, f'a public header may not include "{name}"')
            elif match.group(1) == "<" and not CPP_LIBRARY_HEADER.match(name):
                self.report("libraries", path, number, f"<{name}> does not belong into a public header")

    def check_sim(self, path):
        text = (self.root / path).read_text(encoding="utf-8")
        is_for_test = path.stem.endswith(("_test", "_for_test"))
        for number, line in enumerate(text.split("\n"), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name = match.group(2)
            target = name.split("/")[0]
            if match.group(1) == '"':
                below_io = target in self.order and not self.does_io(target)
                if not below_io and not (target == SIM and (self.root / name).is_file()):
                    self.report("direction", path, number, f'{SIM} may not include "{name}"')
            elif name.startswith(tuple(LIBRARIES)) and not (is_for_test and name.startswith(SIM_TEST_LIBRARIES)):
                self.report("libraries", path, number, f"<{name}> does not belong into {SIM}")
            elif name.startswith(TEST_LIBRARIES) and not is_for_test:
                self.report("libraries", path, number, f"<{name}> is for tests only")
            elif IO_HEADERS.match(name) and str(path) not in IO_ALLOWED:
                self.report("sans-I/O", path, number, f"<{name}> has no place in {SIM}")
        if not is_for_test:
            self.check_words(path, self.order[0], text)

    def check_lengths(self):
        excused = {}
        listed = self.root / EXCEPTIONS
        for line in listed.read_text(encoding="utf-8").split("\n") if listed.exists() else []:
            name, _, reason = line.partition(":")
            if line.strip() and not line.startswith("#"):
                excused[name.strip()] = reason.strip()
        long = set()
        for path in self.files(COUNTED_FOLDERS, COUNTED):
            length = (self.root / path).read_text(encoding="utf-8").count("\n")
            if length > LINES_MAX:
                long.add(str(path))
                if not excused.get(str(path)):
                    self.report("length", path, length, f"longer than {LINES_MAX} lines; split it or say why in {EXCEPTIONS}")
        for name in sorted(excused.keys() - long):
            self.report("length", EXCEPTIONS, 1, f"{name} is not longer than {LINES_MAX} lines: take it out")

    def run(self):
        for path in self.files(["src"], CPP):
            self.check_source(path)
        for path in self.files([SIM], CPP):
            self.check_sim(path)
        for path in self.files(["include"], CPP):
            self.check_public(path)
        self.check_lengths()
        return self.breaks


def main(arguments):
    root = pathlib.Path(arguments[0]).resolve() if arguments else project.ROOT
    breaks = Checker(root).run()
    for rule, found in breaks.items():
        print(f"{rule}: {'kept' if not found else 'broken'}")
        print("".join(f"  {text}\n" for text in found), end="")
    failed = sum(bool(found) for found in breaks.values())
    print(f"layers: {len(breaks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
