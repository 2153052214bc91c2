#pragma once

#include <string>

struct x509_st;
struct evp_pkey_st;

namespace coldforge::testing {

/// A self-signed certificate for 127.0.0.1 and localhost, made anew for each object, valid for a
/// day.
class TestCertificate {
 public:
  TestCertificate();
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  x509_st* certificate() const { return certificate_; }
  evp_pkey_st* private_key() const { return key_; }
  /// The certificate alone, as a client's file of trusted ones.
  void write_pem(const std::string& path) const;

 private:
  x509_st* certificate_ = nullptr;
  evp_pkey_st* key_ = nullptr;
};

}  // namespace coldforge::testing
