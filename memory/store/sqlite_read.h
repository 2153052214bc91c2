#pragma once

#include "memory/store.h"
#include "memory/store/sql.h"

namespace coldforge::memory {

/// Store::read() of the SQLite back end. The caller holds a transaction; `sequence` is the bank's
/// latest.
BankSlice read_slice(Database& database, std::int64_t space, std::int64_t sequence,
                     const ReadRequest& request);

/// Sets the normalisers of `values` to what the bank holds.
void read_normalisers(Database& database, ValueState& values);

}  // namespace coldforge::memory
