#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "memory/store.h"

namespace coldforge::memory {

/// A bank as lines of JSON, the same bytes for the same log:
///   {"record":"bank","format":1,...}                    first
///   {"record":"item","digest":...,"seed":...,"content":{...}}     each item before the first round
///   that has it
///   {"record":"round","round_id":...,"digest":...,...}  one round of the log
///   {"record":"end",...}                                last: a file without it was cut off
/// Vectors and values are not in it: both follow from what is, or (vectors of an embedding model)
/// are made anew.
void export_bank(const Store& store, std::ostream& out);

struct ImportOptions {
  /// False: take over the items only, as one round without rewards, so that values are learnt anew.
  bool with_values = true;
};

struct ImportReport {
  std::int64_t new_rounds = 0;
  std::int64_t known_rounds = 0;  ///< the bank had them already
  std::int64_t new_items = 0;
  std::int64_t known_items = 0;
};

/// Replays an export into a bank. Nothing is overwritten and importing again changes nothing; into
/// an empty bank it gives the same bank, values to the bit. The file is read and every digest
/// checked before the first commit. Throws UserError("<where>: line N", ...) for a file that is no
/// export, damaged, cut off, or of a newer format.
ImportReport import_bank(Store& store, std::istream& in, const std::string& where,
                         const ImportOptions& options = {});

}  // namespace coldforge::memory
