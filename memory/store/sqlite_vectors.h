#pragma once

#include <string>
#include <vector>

#include "memory/store.h"
#include "memory/store/sql.h"

namespace coldforge::memory {

// Vectors of the SQLite back end; the caller holds a transaction.

/// The row of a space, 0 if the bank does not have it.
std::int64_t find_space(Database& database, const std::string& id);
std::vector<StoredSpace> read_spaces(Database& database);
void write_vectors(Database& database, const Space& space, const std::vector<ItemVector>& vectors);
void remove_space(Database& database, const std::string& id);

}  // namespace coldforge::memory
