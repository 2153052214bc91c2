#pragma once

namespace coldforge::memory::test {

/// Makes every SQLite file of this process fail on purpose: after `writes_left` more writes and
/// syncs, each further one answers `code` (SQLITE_FULL, SQLITE_IOERR_WRITE) until heal(). A disk
/// that is full stays full.
class FailingDisk {
 public:
  /// Becomes SQLite's default file system; only for banks opened afterwards.
  FailingDisk();
  ~FailingDisk();
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  void fail_after(int writes, int code);
  void heal();
  /// True if a write was refused since fail_after().
  bool has_failed() const;
};

}  // namespace coldforge::memory::test
