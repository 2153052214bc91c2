#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "isa/isa.h"
#include "sim/exec/command.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"

namespace coldforge::sim::test {

/// Helpers to say descriptors in one line.
TileDesc tile(isa::Memory memory, ElementType type, std::uint32_t base, std::uint32_t rows,
              std::uint32_t cols, std::int32_t row_stride, std::int32_t col_stride = 1);
/// Dense, row by row.
TileDesc dense(isa::Memory memory, ElementType type, std::uint32_t base, std::uint32_t rows,
               std::uint32_t cols);
/// A rectangle of DRAM: rows of `cols` adjacent elements, `row_stride` elements apart.
ViewDesc rows_view(std::uint32_t base, ElementType type, std::uint32_t rows, std::uint32_t cols,
                   std::int32_t row_stride);

/// Engines, flags, memories and DRAM without the scalar core: commands are pushed as it would, one
/// a cycle, each as soon as its queue accepts it and its cycle has come. One a process, as SystemC
/// elaborates once.
class EngineBench {
 public:
  struct Record {
    std::int64_t issue = -1, start = -1, done = -1;
    Stall waited_for = Stall::Empty;
    std::int64_t waited_seq = -1;
  };
  struct FaultRecord {
    std::int64_t seq = -1, cycle = -1;
    std::string reason;
    std::uint32_t address = 0;
  };

  /// `reversed` constructs the units in the opposite order.
  explicit EngineBench(const std::string& arch, const std::vector<std::string>& overrides = {},
                       std::vector<Buffer> buffers = {}, bool reversed = false,
                       const std::vector<std::string>& overlays = {});
  ~EngineBench();

  const isa::Isa& isa() const;
  const isa::Arch& arch() const;
  TileMemories& memories();
  std::uint8_t* bytes(isa::Memory memory) { return memories()[memory].data(); }

  /// A command with tile operands in the order of the description (x-registers and views are set by
  /// the caller).
  Command command(const std::string& name, const std::vector<TileDesc>& tiles = {}) const;
  /// Pushes it in the first possible cycle >= `cycle`; returns its seq.
  std::uint64_t push(Command command, std::int64_t cycle = 0);
  std::uint64_t load(const TileDesc& to, const ViewDesc& from, std::int64_t cycle = 0);
  std::uint64_t store(const ViewDesc& to, const TileDesc& from, std::int64_t cycle = 0);
  std::uint64_t set_flag(const std::string& unit, std::uint32_t flag, std::int64_t cycle = 0);
  std::uint64_t wait_flag(const std::string& unit, std::uint32_t flag, std::int64_t cycle = 0);

  /// Until nothing can happen any more, or `limit`.
  void run(std::int64_t limit = 1'000'000);
  const Record& record(std::uint64_t seq) const;
  const FaultRecord& fault() const;
  std::string waiting(isa::Unit unit) const;
  bool idle(isa::Unit unit) const;
  /// Of all cycles that were run.
  UnitStats stats(isa::Unit unit);
  std::int64_t end() const;  ///< the largest done
  DramStats dram() const;
  const std::uint8_t* buffer(std::size_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coldforge::sim::test
