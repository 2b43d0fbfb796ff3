"""The layer check must fail on what it is there for, and must not cry wolf."""

import pathlib
import tempfile
import unittest

import check_layers

CMAKE = """# comment: vv_folder(ghost)
vv_folder(base)
vv_folder(crypto base LIBRARIES OpenSSL::Crypto)
vv_folder(turn crypto)
vv_folder(lobby crypto)
vv_folder(dtls crypto LIBRARIES OpenSSL::SSL)
vv_folder(net turn lobby LIBRARIES OpenSSL::SSL)
vv_folder(api net)
vv_folder(apps net)
"""


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("src/CMakeLists.txt", CMAKE)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def broken(self):
        return {rule: found for rule, found in check_layers.Checker(self.root).run().items() if found}

    def expect_broken(self, rule, name, text):
        self.write(name, text)
        self.assertEqual(list(self.broken()), [rule], text)
        (self.root / name).unlink()

    def test_reads_the_folders_from_the_build(self):
        order, reach = check_layers.layers_of(CMAKE)
        self.assertEqual(order, ["base", "crypto", "turn", "lobby", "dtls", "net", "api", "apps"])
        self.assertEqual(reach["lobby"], {"base", "crypto", "lobby"})

    def test_accepts_what_is_right(self):
        self.write("src/turn/relay.cpp", '#include "base/bytes.h"\n#include "turn/relay.h"\n#include <chrono>\n'
                   "// steady_clock::now() would be wrong here, says this comment\n"
                   'const char* kText = "std::cout << getenv";\nint timeout(Instant now);\nauto x = known();\nvoid PeerTable::bind(int port) {}\n')
        self.write("src/net/loop.cpp", "#include <sys/epoll.h>\n#include <openssl/ssl.h>\nauto t = steady_clock::now();\n")
        self.write("src/turn/relay_test.cpp", "#include <gtest/gtest.h>\n")
        self.write("src/base/assert.h", "std::fprintf(stderr, 1);\n")
        self.assertEqual(self.broken(), {})

    def test_refuses_includes_that_point_up_or_sideways(self):
        self.expect_broken("direction", "src/crypto/a.cpp", '#include "net/loop.h"\n')
        self.expect_broken("direction", "src/turn/a.cpp", '#include "lobby/lobby.h"\n')
        self.expect_broken("direction", "src/turn/a_test.cpp", '  #  include "apps/config.h"\n')

    def test_keeps_the_public_headers_to_themselves(self):
        self.write("include/visavis/loop.h", '#include "visavis/result.h"\n#include <chrono>\n')
        self.write("include/visavis/result.h", "#include <string_view>\n")
        self.write("src/api/loop.cpp", '#include "visavis/loop.h"\n#include "net/loop.h"\n')
        self.assertEqual(self.broken(), {})
        self.expect_broken("direction", "include/visavis/a.h", '#include "net/loop.h"\n')
        self.expect_broken("direction", "include/visavis/a.h", '#include "visavis/ghost.h"\n')
        self.expect_broken("libraries", "include/visavis/a.h", "#include <openssl/ssl.h>\n")
        self.expect_broken("libraries", "include/visavis/a.h", "#include <poll.h>\n")
        self.expect_broken("direction", "src/net/a.cpp", '#include "visavis/loop.h"\n')
        self.expect_broken("direction", "src/apps/a.cpp", '#include "visavis/loop.h"\n')
        self.expect_broken("direction", "src/api/a.cpp", '#include "visavis/ghost.h"\n')

    def test_refuses_includes_that_name_no_folder(self):
        self.expect_broken("direction", "src/turn/a.cpp", '#include "../lobby/lobby.h"\n')
        self.expect_broken("direction", "src/turn/a.cpp", '#include "absent.h"\n')
        self.expect_broken("direction", "src/ghost/a.cpp", "int x;\n")

    def test_refuses_libraries_out_of_place(self):
        self.expect_broken("libraries", "src/turn/a.cpp", "#include <openssl/evp.h>\n")
        self.expect_broken("libraries", "src/lobby/a.h", "#include <nlohmann/json.hpp>\n")
        self.expect_broken("libraries", "src/net/a.cpp", "#include <gtest/gtest.h>\n")

    def test_refuses_io_headers_below_net(self):
        for header in ("sys/socket.h", "thread", "mutex", "fstream", "iostream", "random", "unistd.h", "ctime"):
            self.expect_broken("sans-I/O", "src/turn/a.cpp", f"#include <{header}>\n")
        self.expect_broken("sans-I/O", "src/crypto/a.cpp", "#include <openssl/rand.h>\n")

    def test_lets_dtls_have_openssls_engine_and_one_clock(self):
        self.write("src/dtls/session.cpp", "#include <openssl/ssl.h>\n#include <openssl/bio.h>\n")
        self.write("src/dtls/openssl_clock.cpp", "#include <sys/time.h>\nthread_local int x;\nint gettimeofday();\n")
        self.assertEqual(self.broken(), {})
        self.expect_broken("sans-I/O", "src/crypto/a.cpp", "#include <openssl/ssl.h>\n")
        self.expect_broken("sans-I/O", "src/dtls/a.cpp", "#include <openssl/rand.h>\n")
        self.expect_broken("sans-I/O", "src/dtls/a.cpp", "#include <sys/time.h>\n")
        self.expect_broken("sans-I/O", "src/dtls/a.cpp", "thread_local int x;\n")

    def test_leaves_sockets_and_files_to_net(self):
        for header in ("sys/socket.h", "fcntl.h", "netinet/in.h", "fstream"):
            self.expect_broken("sans-I/O", "src/apps/a.cpp", f"#include <{header}>\n")
        self.write("src/apps/a_test.cpp", "#include <sys/stat.h>\n")
        self.write("src/apps/main.cpp", "#include <unistd.h>\n")
        self.assertEqual(self.broken(), {})

    def test_refuses_io_calls_below_net(self):
        for call in ("auto t = std::chrono::steady_clock::now();", "auto t = Clock::now();", "std::random_device d;",
                     "const char* e = std::getenv(n);", "int r = rand();", "std::mutex m;", "usleep(1);",
                     "std::cerr << 1;", "thread_local int x;", "RAND_bytes(p, 1);", "int s = ::socket(1, 2, 3);", "auto t = time(nullptr);"):
            self.expect_broken("sans-I/O", "src/lobby/a.cpp", call + "\n")

    def test_keeps_the_simulation_on_the_machines(self):
        self.write("src/lobby/a.h", "")
        self.write("src/net/a.h", "")
        self.write("sim/a.h", '#include "lobby/a.h"\n#include <vector>\n')
        self.write("sim/b.cpp", '#include "sim/a.h"\n')
        self.write("sim/a_for_test.h", "#include <gtest/gtest.h>\nconst char* e = std::getenv(n);\n")
        self.write("sim/b_for_test.h", "#include <nlohmann/json.hpp>\n")
        self.assertEqual(self.broken(), {})
        self.expect_broken("direction", "sim/c.cpp", '#include "net/a.h"\n')
        self.expect_broken("direction", "sim/c.cpp", '#include "sim/none.h"\n')
        self.expect_broken("libraries", "sim/c.cpp", "#include <openssl/ssl.h>\n")
        self.expect_broken("libraries", "sim/c.cpp", "#include <gtest/gtest.h>\n")
        self.expect_broken("libraries", "sim/c.cpp", "#include <nlohmann/json.hpp>\n")
        self.expect_broken("sans-I/O", "sim/c.cpp", "#include <sys/socket.h>\n")
        self.expect_broken("sans-I/O", "sim/c.cpp", "const char* e = std::getenv(n);\n")

    def test_a_comment_does_not_hide_the_code_after_it(self):
        self.expect_broken("sans-I/O", "src/lobby/a.cpp", "/* fine */ std::mutex m; // \" \n")
        self.expect_broken("sans-I/O", "src/lobby/a.cpp", "const char c = '\"'; std::mutex m; const char d = '\"';\n")

    def test_refuses_long_files_without_a_reason(self):
        self.write("src/net/at_limit.cpp", "\n" * check_layers.LINES_MAX)
        self.assertEqual(self.broken(), {})
        self.expect_broken("length", "web/core/long.ts", "\n" * (check_layers.LINES_MAX + 1))
        self.write(check_layers.EXCEPTIONS, "web/core/long.ts: one table\n")
        self.write("web/core/long.ts", "\n" * (check_layers.LINES_MAX + 1))
        self.assertEqual(self.broken(), {})

    def test_refuses_reasons_nobody_needs(self):
        self.write(check_layers.EXCEPTIONS, "# files\nweb/core/gone.ts: one table\n")
        self.assertEqual(list(self.broken()), ["length"])


if __name__ == "__main__":
    unittest.main()
