#include "apps/certificate.h"
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "net/clock.h"
#include "net/self_signed.h"
#include "net/temporary_directory_for_test.h"

#include <gtest/gtest.h>

#include <fstream>

namespace vv::apps {
namespace {

class CertificateTest : public testing::Test {
protected:
    void SetUp() override {
        const std::vector<std::string> names{"localhost"};
        const auto pem = net::make_self_signed(names, {}, net::wall_now());
        config.tls_mode = TlsMode::kFiles;
        config.tls_cert = write("cert.pem", pem.certificate);
        config.tls_key = write("key.pem", pem.key);
    }

    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    std::string error() {
        try {
            check_files(config);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "no error";
    }

    Config config;

private:
    const net::TemporaryDirectory folder_;
};

TEST_F(CertificateTest, FilesThatBelongTogetherCanBeUsed) {
    EXPECT_EQ(error(), "no error");
    EXPECT_TRUE(read_certificate(config).certificate_chain.starts_with("-----BEGIN CERTIFICATE"));
}

TEST_F(CertificateTest, AMissingOrEmptyFileIsNamed) {
    const auto missing = config.tls_key.parent_path() / "none.pem";
    config.tls_key = missing;
    EXPECT_EQ(error(), "tls.key: cannot read " + missing.string() + ": No such file or directory");
    config.tls_cert = write("empty.pem", "");
    EXPECT_EQ(error(), "tls.cert: " + config.tls_cert.string() + " is empty");
    config.tls_cert = missing.parent_path();
    EXPECT_EQ(error(), "tls.cert: cannot read " + config.tls_cert.string() + ": Is a directory");
}

TEST_F(CertificateTest, WhatIsNoCertificateOrNotItsKeyIsSaid) {
    const auto good = config.tls_key;
    const std::vector<std::string> names{"localhost"};
    config.tls_key = write("other.pem", net::make_self_signed(names, {}, net::wall_now()).key);
    EXPECT_TRUE(error().starts_with("tls.key: " + config.tls_key.string() + " does not belong to the certificate ("))
        << error();
    config.tls_key = write("none.pem", "not a key");
    EXPECT_TRUE(error().starts_with("tls.key: " + config.tls_key.string() + " is not an unencrypted PEM key ("))
        << error();
    config.tls_key = good;
    config.tls_cert = write("text.pem", "not a certificate");
    EXPECT_TRUE(error().starts_with("tls.cert: " + config.tls_cert.string() + " is not a certificate in PEM ("))
        << error();
}

TEST_F(CertificateTest, WhereAFileIsNamedIsSaid) {
    Config given;
    const auto text = write("text.pem", "not a certificate");
    apply_toml(given, "[tls]\ncert = \"" + text.string() + "\"\n", "visavis.toml");
    apply_flags(given, {{find_option("tls.key"), {config.tls_key.string()}}});
    config = given;
    EXPECT_TRUE(error().starts_with("visavis.toml, line 2: tls.cert: " + text.string() + " is not a certificate"))
        << error();
    apply_flags(config, {{find_option("tls.key"), {"/nowhere/key.pem"}}});
    EXPECT_TRUE(error().starts_with("--tls-key: tls.key: cannot read /nowhere/key.pem")) << error();
    apply_toml(config, "[rooms]\nrules_file = \"/nowhere/rules.txt\"\n", "visavis.toml");
    EXPECT_TRUE(error().starts_with("visavis.toml, line 2: rooms.rules_file: cannot read /nowhere/rules.txt"))
        << error();
}

TEST_F(CertificateTest, FilesNobodyUsesAreNotRead) {
    config.tls_mode = TlsMode::kOff;
    config.tls_cert = "/nowhere";
    EXPECT_EQ(error(), "no error");
}

TEST_F(CertificateTest, TheRulesAreReadToo) {
    config.rooms_rules_file = write("rules.txt", std::string(kRulesCharactersMax + 1, 'r'));
    EXPECT_NE(error().find("rooms.rules_file"), std::string::npos) << error();
}

} // namespace
} // namespace vv::apps
