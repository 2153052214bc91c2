#include "tests/support/test_certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace coldforge::testing {
namespace {

void need(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("certificate: ") + what);
}

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  need(extension != nullptr, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate::TestCertificate() : certificate_(X509_new()), key_(EVP_EC_gen("P-256")) {
  need(certificate_ != nullptr && key_ != nullptr, "no key");
  X509_set_version(certificate_, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate_), 86400);
  X509_set_pubkey(certificate_, key_);
  X509_NAME* name = X509_get_subject_name(certificate_);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("coldforge test"), -1, -1, 0);
  X509_set_issuer_name(certificate_, name);
  add_extension(certificate_, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  add_extension(certificate_, NID_basic_constraints, "critical,CA:TRUE");
  need(X509_sign(certificate_, key_, EVP_sha256()) > 0, "cannot be signed");
}

TestCertificate::~TestCertificate() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

void TestCertificate::write_pem(const std::string& path) const {
  std::FILE* file = std::fopen(path.c_str(), "w");
  need(file != nullptr, "cannot write its file");
  const bool ok = PEM_write_X509(file, certificate_) == 1;
  need(std::fclose(file) == 0 && ok, "cannot write its file");
}

}  // namespace coldforge::testing
