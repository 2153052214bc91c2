#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coldforge {

/// SHA-256 of a sequence of parts, as 64 lower-case hex digits.
///
/// Each part is hashed with its length, so that {"ab","c"} and {"a","bc"} differ. Digests name
/// results, cache entries and bank items; they must never change for the same content.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  Digest& add(std::string_view part);
  Digest& add(std::int64_t number);
  /// Finishes; the object must not be used afterwards.
  std::string hex();

 private:
  void* context_;  // EVP_MD_CTX, kept out of the header
};

/// The digest of one part.
std::string digest_of(std::string_view content);

/// The first 12 digits: for file names and for people. Never a key.
std::string short_digest(std::string_view hex);

}  // namespace coldforge
