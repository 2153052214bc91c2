#include "sim/base/digest.h"

#include <openssl/evp.h>

#include "sim/base/error.h"

namespace coldforge {

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  CF_CHECK(context_ != nullptr, "EVP_MD_CTX_new failed");
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}

Digest::~Digest() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

Digest& Digest::add(std::string_view part) {
  const std::string head = std::to_string(part.size()) + ":";
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), head.data(), head.size());
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), part.data(), part.size());
  return *this;
}

Digest& Digest::add(std::int64_t number) { return add(std::to_string(number)); }

std::string Digest::hex() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), bytes, &size);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

std::string digest_of(std::string_view content) { return Digest().add(content).hex(); }

std::string short_digest(std::string_view hex) { return std::string(hex.substr(0, 12)); }

}  // namespace coldforge
