#pragma once

namespace coldforge::memory {

/// PRAGMA application_id of a bank: "CFmb".
inline constexpr int kApplicationId = 0x43466d62;
/// PRAGMA user_version. Raise it with any change below, and teach upgrade() in sqlite.cpp the way
/// from the one before.
inline constexpr int kSchemaVersion = 2;

/// From format 1 to 2.
inline constexpr const char* kAddWithout = "ALTER TABLE outcome ADD COLUMN without REAL";

/// A bank in SQLite. `round`, `round_item`, `item`, `outcome`, `credit`, `retrieval` and
/// `retrieval_item` are the log and only grow; `q` and `normaliser` are the fold over it, kept so
/// that opening need not replay. `vector` is kept apart from text: a new space is one more set of
/// rows. The generated columns are for people with an sqlite3 shell.
inline constexpr const char* kSchema = R"sql(
CREATE TABLE round(
  sequence INTEGER PRIMARY KEY,               -- 1, 2, 3 ... without gaps
  round_id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL,                       -- of the whole batch: tells a retry from another round
  snapshot INTEGER NOT NULL,                  -- sequence of the bank that the round read
  config TEXT NOT NULL,                       -- JSON: constants of the value update
  items_after INTEGER NOT NULL                -- items in the bank once this round is in
) STRICT;
CREATE TABLE item(
  sequence INTEGER PRIMARY KEY,               -- 1, 2, 3 ... without gaps
  digest TEXT NOT NULL UNIQUE,                -- SHA-256 of content
  content TEXT NOT NULL,                      -- canonical JSON
  seed INTEGER NOT NULL,                      -- unsigned 64 bits, stored as signed
  kind TEXT GENERATED ALWAYS AS (json_extract(content, '$.kind')) VIRTUAL,
  task TEXT GENERATED ALWAYS AS (json_extract(content, '$.task_name')) VIRTUAL,
  verdict TEXT GENERATED ALWAYS AS (json_extract(content, '$.verdict')) VIRTUAL,
  cycles INTEGER GENERATED ALWAYS AS (json_extract(content, '$.cycles')) VIRTUAL
) STRICT;
CREATE TABLE round_item(                      -- all items of a batch, those the bank knew before included
  round INTEGER NOT NULL REFERENCES round(sequence),
  position INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES item(sequence),
  PRIMARY KEY(round, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE space(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dims INTEGER NOT NULL,
  probe TEXT NOT NULL                         -- what the embedding of a fixed text came to
) STRICT;
CREATE TABLE vector(
  space INTEGER NOT NULL REFERENCES space(id),
  item INTEGER NOT NULL REFERENCES item(sequence),
  bytes BLOB NOT NULL,                        -- int8 a dimension
  PRIMARY KEY(space, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome(
  sequence INTEGER PRIMARY KEY,               -- order of the fold, 1, 2, 3 ... without gaps
  round INTEGER NOT NULL REFERENCES round(sequence),
  event_id TEXT NOT NULL UNIQUE,
  slot INTEGER NOT NULL,
  task TEXT NOT NULL,
  stage INTEGER NOT NULL,
  key TEXT NOT NULL,
  reward REAL NOT NULL,                       -- raw r
  normalised REAL NOT NULL,                   -- R
  start_point INTEGER REFERENCES item(sequence),
  without REAL                                -- raw r without the one item credited; from format 2 on
) STRICT;
CREATE INDEX outcome_of_round ON outcome(round);
CREATE TABLE credit(                          -- Q += alpha (R - Q), the n-th of (item, stage, key)
  outcome INTEGER NOT NULL REFERENCES outcome(sequence),
  position INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES item(sequence),
  stage INTEGER NOT NULL,
  key TEXT NOT NULL,                          -- '' = all keys
  n INTEGER NOT NULL,
  alpha REAL NOT NULL,
  PRIMARY KEY(outcome, position),
  UNIQUE(item, stage, key, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE q(
  item INTEGER NOT NULL REFERENCES item(sequence),
  stage INTEGER NOT NULL,
  key TEXT NOT NULL,
  q0 REAL NOT NULL,
  q REAL NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY(item, stage, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE normaliser(
  stage INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  mean REAL NOT NULL,
  second_moment REAL NOT NULL
) STRICT;
CREATE TABLE retrieval(
  sequence INTEGER PRIMARY KEY,
  round INTEGER NOT NULL REFERENCES round(sequence),
  slot INTEGER NOT NULL,
  task TEXT NOT NULL,
  stage INTEGER NOT NULL,
  key TEXT NOT NULL,
  purpose TEXT NOT NULL,                      -- context, start_point
  policy TEXT NOT NULL,
  pool_size INTEGER NOT NULL,
  epsilon REAL NOT NULL
) STRICT;
CREATE INDEX retrieval_of_round ON retrieval(round);
CREATE TABLE retrieval_item(
  retrieval INTEGER NOT NULL REFERENCES retrieval(sequence),
  position INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES item(sequence),
  propensity REAL NOT NULL,
  PRIMARY KEY(retrieval, position)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace coldforge::memory
