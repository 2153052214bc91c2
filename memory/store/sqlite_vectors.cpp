#include "memory/store/sqlite_vectors.h"

#include "memory/store/common.h"

namespace coldforge::memory {

std::int64_t find_space(Database& database, const std::string& id) {
  Statement find(database, "SELECT id FROM space WHERE name = ?");
  find.bind(id);
  return find.step() ? find.integer() : 0;
}

std::vector<StoredSpace> read_spaces(Database& database) {
  Statement select(database,
                   "SELECT name, dims, probe, (SELECT count(*) FROM vector WHERE space = space.id) "
                   "FROM space ORDER BY id");
  std::vector<StoredSpace> spaces;
  while (select.step()) {
    StoredSpace stored;
    stored.space.id = select.text();
    stored.space.dims = static_cast<int>(select.integer());
    stored.space.probe = select.text();
    stored.vectors = select.integer();
    spaces.push_back(std::move(stored));
  }
  return spaces;
}

void write_vectors(Database& database, const Space& space, const std::vector<ItemVector>& vectors) {
  for (const StoredSpace& known : read_spaces(database)) {
    if (known.space.id == space.id) check_same_space(space, known.space, database.name());
  }
  Statement insert_space(database,
                         "INSERT OR IGNORE INTO space(name, dims, probe) VALUES(?, ?, ?)");
  insert_space.bind(space.id).bind(space.dims).bind(space.probe).run();
  const std::int64_t row = find_space(database, space.id);
  Statement find(database, "SELECT sequence FROM item WHERE digest = ?");
  Statement insert(database, "INSERT OR IGNORE INTO vector VALUES(?, ?, ?)");
  for (const ItemVector& vector : vectors) {
    find.bind(vector.item);
    if (!find.step()) refuse_vector(vector.item, database.name());
    const std::int64_t item = find.integer();
    find.reset();
    insert.bind(row).bind(item);
    insert.bind_bytes(vector.embedding.data(), vector.embedding.size()).run();
  }
}

void remove_space(Database& database, const std::string& id) {
  Statement vectors(database, "DELETE FROM vector WHERE space = ?");
  vectors.bind(find_space(database, id)).run();
  Statement space(database, "DELETE FROM space WHERE name = ?");
  space.bind(id).run();
}

}  // namespace coldforge::memory
