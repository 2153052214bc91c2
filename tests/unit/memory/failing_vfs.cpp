#include "tests/unit/memory/failing_vfs.h"

#include <sqlite3.h>

#include <climits>

namespace coldforge::memory::test {
namespace {

int writes_left = INT_MAX;
int failure_code = SQLITE_OK;
bool failed = false;

int spend_write() {
  if (writes_left > 0) {
    --writes_left;
    return SQLITE_OK;
  }
  failed = true;
  return failure_code;
}

/// Our file: the real one lies right behind it, in memory that SQLite reserves (szOsFile).
struct File {
  sqlite3_file base;
};
sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

int do_close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
int do_read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), to, size, at);
}
int do_write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (const int code = spend_write(); code != SQLITE_OK) return code;
  return real(f)->pMethods->xWrite(real(f), from, size, at);
}
int do_truncate(sqlite3_file* f, sqlite3_int64 size) {
  return real(f)->pMethods->xTruncate(real(f), size);
}
int do_sync(sqlite3_file* f, int flags) {
  if (const int code = spend_write(); code != SQLITE_OK) return SQLITE_IOERR_FSYNC;
  return real(f)->pMethods->xSync(real(f), flags);
}
int do_size(sqlite3_file* f, sqlite3_int64* size) {
  return real(f)->pMethods->xFileSize(real(f), size);
}
int do_lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int do_unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int do_reserved(sqlite3_file* f, int* out) {
  return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int do_control(sqlite3_file* f, int op, void* arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int do_sector(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int do_device(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
int do_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int do_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void do_shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int do_shm_unmap(sqlite3_file* f, int remove) {
  return real(f)->pMethods->xShmUnmap(real(f), remove);
}

// Version 2: shared memory for the log, but no memory-mapped reads.
const sqlite3_io_methods kMethods = {
    2,           do_close,       do_read,      do_write,   do_truncate, do_sync,   do_size,
    do_lock,     do_unlock,      do_reserved,  do_control, do_sector,   do_device, do_shm_map,
    do_shm_lock, do_shm_barrier, do_shm_unmap, nullptr,    nullptr};

sqlite3_vfs* underlying = nullptr;
sqlite3_vfs failing;

int do_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = underlying->xOpen(underlying, name, real(file), flags, out_flags);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

}  // namespace

FailingDisk::FailingDisk() {
  underlying = sqlite3_vfs_find(nullptr);
  failing = *underlying;  // all but opening goes straight to the real one
  failing.zName = "failing";
  failing.szOsFile = static_cast<int>(sizeof(File)) + underlying->szOsFile;
  failing.xOpen = do_open;
  failing.pNext = nullptr;
  sqlite3_vfs_register(&failing, /*makeDflt=*/1);
}

FailingDisk::~FailingDisk() {
  heal();
  sqlite3_vfs_unregister(&failing);
  sqlite3_vfs_register(underlying, 1);
}

void FailingDisk::fail_after(int writes, int code) {
  writes_left = writes;
  failure_code = code;
  failed = false;
}

void FailingDisk::heal() { writes_left = INT_MAX; }

bool FailingDisk::has_failed() const { return failed; }

}  // namespace coldforge::memory::test
