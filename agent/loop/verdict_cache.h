#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/verify/verdict.h"

namespace coldforge::agent {

/// Verdicts on disk, by Verifier::cache_key: one file each. Runs that meet the same kernels with
/// the same program, task, tools and machine need not judge them again; results do not depend on
/// it. Several processes may share a folder.
class VerdictCache {
 public:
  /// Makes the folder. Throws UserError if that cannot be done.
  explicit VerdictCache(const std::filesystem::path& folder);

  /// Nothing if there is none, or one that cannot be read: it is then made again.
  std::optional<Verdict> find(const std::string& key) const;
  /// Appears whole or not at all. Throws InfrastructureError if it cannot be written.
  void add(const std::string& key, const Verdict& verdict) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;

  std::filesystem::path folder_;
};

}  // namespace coldforge::agent
