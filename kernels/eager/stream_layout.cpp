#include "kernels/eager/stream_layout.h"

#include <algorithm>

#include "sim/base/units.h"

namespace coldforge::kernels::eager {
namespace {

constexpr std::int64_t kPieceElements = 2048;     // 8 KiB of fp32: 256 cycles of the bus
constexpr std::int64_t kResidentElements = 4096;  // small operands are loaded once
constexpr std::int64_t kFewElements = 1024;       // below it a piece takes in one dimension more
constexpr std::int64_t kMostLevels = 5;           // of a view
constexpr std::int64_t kMostExtent = 65535;       // of a tile

using Role = StreamLayout::Role;
using Kind = ProgramValue::Kind;

std::int64_t up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }

/// Drops dimensions of one iteration and merges neighbours that every access walks as one.
Program merged(const Program& from) {
  Program to = from;
  std::vector<bool> indexed(from.extents.size(), false);
  for (const ProgramValue& value : from.values) {
    if (value.kind == Kind::Index) indexed[value.dim] = true;
  }
  std::vector<Access*> accesses;
  for (Access& access : to.inputs) accesses.push_back(&access);
  for (Program::Output& output : to.outputs) accesses.push_back(&output.access);
  const auto drop = [&](std::size_t d) {
    to.extents.erase(to.extents.begin() + static_cast<std::ptrdiff_t>(d));
    to.reduced.erase(to.reduced.begin() + static_cast<std::ptrdiff_t>(d));
    indexed.erase(indexed.begin() + static_cast<std::ptrdiff_t>(d));
    for (Access* a : accesses)
      a->strides.erase(a->strides.begin() + static_cast<std::ptrdiff_t>(d));
    for (ProgramValue& value : to.values) {
      if (value.kind == Kind::Index && value.dim > d) --value.dim;
    }
  };
  for (std::size_t d = to.extents.size(); d-- > 0;) {
    if (to.extents.size() > 1 && to.extents[d] == 1 && !indexed[d] && !to.reduced[d]) drop(d);
  }
  for (std::size_t d = to.extents.size(); d-- > 1;) {
    const std::size_t outer = d - 1;
    if (to.reduced[d] != to.reduced[outer] || indexed[d] || indexed[outer]) continue;
    const bool nest = std::all_of(accesses.begin(), accesses.end(), [&](const Access* a) {
      return a->strides[outer] == a->strides[d] * to.extents[d] ||
             (to.extents[outer] == 1 && !to.reduced[outer]);
    });
    if (!nest) continue;
    to.extents[outer] *= to.extents[d];
    for (Access* a : accesses) a->strides[outer] = a->strides[d];
    drop(d);
  }
  return to;
}

class Layouter {
 public:
  Layouter(const isa::Arch& arch, StreamLayout& layout) : arch_(arch), out_(layout) {}

  std::string go() {
    for (std::size_t d = 0; d < program().extents.size(); ++d) {
      StreamLayout::Dim dim;
      dim.extent = program().extents[d];
      dim.reduced = program().reduced[d];
      out_.dims.push_back(dim);
    }
    const bool reduces = std::any_of(out_.dims.begin(), out_.dims.end(),
                                     [](const auto& dim) { return dim.reduced; });
    out_.reduces_cols = reduces && out_.dims.back().reduced;
    out_.reduces_rows = reduces && !out_.reduces_cols;
    bool needs_whole = false;
    for (const ProgramValue& value : program().values) {
      needs_whole |= value.kind == Kind::Scan ||
                     (value.kind == Kind::Reduce && value.instruction.compare(0, 3, "arg") == 0);
    }
    // A whole reduced row on chip is worth fewer buffers; smaller pieces come before two passes.
    for (const bool streamed : {false, true}) {
      if (streamed && (needs_whole || !reduces)) continue;
      // Down the rows a wide piece makes long bursts.
      const std::int64_t largest = out_.reduces_rows ? 8 * kPieceElements : kPieceElements;
      for (std::int64_t piece = largest; piece >= 256; piece /= 2) {
        for (const std::int64_t buffers : {4, 2}) {
          if (try_piece(piece, buffers, streamed)) return "";
          if (out_.levels_exceeded) return "a tensor has too many dimensions for a view";
        }
      }
    }
    return needs_whole ? "a scanned or searched row does not fit on chip"
                       : "the operands of a piece do not fit on chip";
  }

 private:
  const Program& program() const { return out_.program; }

  bool try_piece(std::int64_t piece, std::int64_t buffers, bool streamed) {
    out_.buffers = buffers;
    out_.streamed = streamed;
    for (auto& dim : out_.dims) {
      dim.chunk = 1;
      dim.role = Role::Loop;
    }
    std::int64_t size = 1;
    const std::size_t n = out_.dims.size();
    int levels = 0;
    const auto take = [&](std::size_t d, Role role, std::int64_t most) {
      auto& dim = out_.dims[d];
      dim.role = role;
      dim.chunk = std::max<std::int64_t>(1, std::min(dim.extent, most));
      size *= dim.chunk;
      ++levels;
      return dim.chunk == dim.extent;
    };
    const Role across = out_.reduces_rows ? Role::Row : Role::Col;
    if (out_.reduces_rows) {
      // Columns first: long enough for the lanes and for bursts.
      const std::int64_t reduced = reduced_elements();
      const std::int64_t cols = streamed ? 256 : std::max<std::int64_t>(16, piece / reduced);
      take(n - 1, Role::Col, cols);
    }
    if (out_.reduces_rows || out_.reduces_cols) {
      bool whole = true;
      for (std::size_t d = n; d-- > 0;) {
        if (!out_.dims[d].reduced) continue;
        if (!whole) continue;
        whole = take(d, across, streamed ? piece / size : out_.dims[d].extent);
      }
      if (out_.reduces_cols) {
        for (std::size_t d = n; d-- > 0 && levels < kMostLevels;) {
          if (out_.dims[d].reduced) continue;
          if (size >= (has_row() ? kFewElements : piece)) break;
          if (!take(d, Role::Row, std::max<std::int64_t>(1, piece / size))) break;
        }
      }
    } else {
      bool whole = take(n - 1, Role::Col, piece);
      for (std::size_t d = n - 1; d-- > 0 && whole && levels < kMostLevels;) {
        if (size >= (has_row() ? kFewElements : piece)) break;
        whole = take(d, Role::Row, piece / size);
      }
    }
    if (levels > kMostLevels) {
      out_.levels_exceeded = true;
      return false;
    }
    out_.rows = out_.cols = 1;
    for (const auto& dim : out_.dims) {
      if (dim.role == Role::Row) out_.rows *= dim.chunk;
      if (dim.role == Role::Col) out_.cols *= dim.chunk;
    }
    if (out_.rows > kMostExtent || out_.cols > kMostExtent) return false;
    place();
    return out_.bytes <= arch_.vec.size_bytes;
  }

  bool has_row() const {
    return std::any_of(out_.dims.begin(), out_.dims.end(),
                       [](const auto& dim) { return dim.role == Role::Row; });
  }
  std::int64_t reduced_elements() const {
    std::int64_t size = 1;
    for (const auto& dim : out_.dims) size *= dim.reduced ? dim.extent : 1;
    return size;
  }
  int count(Role role) const {
    return static_cast<int>(std::count_if(out_.dims.begin(), out_.dims.end(),
                                          [&](const auto& dim) { return dim.role == role; }));
  }

  StreamLayout::Vary vary_of(const Access& access) const {
    StreamLayout::Vary vary;
    for (std::size_t d = 0; d < out_.dims.size(); ++d) {
      if (access.strides[d] == 0 || out_.dims[d].chunk == 1) continue;
      vary.rows |= out_.dims[d].role == Role::Row;
      vary.cols |= out_.dims[d].role == Role::Col;
    }
    return vary;
  }

  void classify() {
    const std::size_t n = program().values.size();
    out_.vary.assign(n, {});
    out_.level.assign(n, 0);
    out_.is_stat.assign(n, false);
    out_.resident.assign(program().inputs.size(), false);
    std::size_t next_input = 0;
    for (std::size_t v = 0; v < n; ++v) {
      const ProgramValue& value = program().values[v];
      auto& vary = out_.vary[v];
      bool stat = value.kind != Kind::Input && value.kind != Kind::Index;
      for (const int arg : value.args) {
        const auto a = static_cast<std::size_t>(arg);
        vary.rows |= out_.vary[a].rows;
        vary.cols |= out_.vary[a].cols;
        out_.level[v] = std::max(out_.level[v], out_.level[a]);
        stat = stat && out_.is_stat[a];
      }
      if (value.kind == Kind::Input) {
        const Access& access = program().inputs[next_input];
        vary = vary_of(access);
        out_.resident[next_input] = is_small(access);
        ++next_input;
      }
      if (value.kind == Kind::Index) {
        vary.rows = out_.dims[value.dim].role == Role::Row;
        vary.cols = out_.dims[value.dim].role == Role::Col;
      }
      if (value.kind == Kind::Reduce) {
        (out_.reduces_rows ? vary.rows : vary.cols) = false;
        ++out_.level[v];
        stat = true;
      }
      out_.is_stat[v] = stat && out_.level[v] > 0;
    }
  }

  /// Whether an operand is broadcast, small, and reachable with one stride a tile dimension.
  bool is_small(const Access& access) const {
    if (access.elements > kResidentElements || access.offset != 0) return false;
    if (count(Role::Row) > 1 || count(Role::Col) > 1) return false;
    bool broadcast = false;
    for (std::size_t d = 0; d < out_.dims.size(); ++d) {
      if (access.strides[d] < 0) return false;
      broadcast |= access.strides[d] == 0 && out_.dims[d].extent > 1;
    }
    return broadcast;
  }

  /// Gives every value its bytes. Starts are staggered by a line, so that operands of one
  /// instruction lie in different banks.
  void place() {
    classify();
    const std::size_t n = program().values.size();
    std::int64_t next = 0;
    int placed = 0;
    const std::int64_t line = arch_.vec.line_bytes, turn = line * arch_.vec.banks;
    const auto reserve = [&](std::int64_t bytes) {
      const std::int64_t address = up(next, turn) + line * (placed++ % arch_.vec.banks);
      next = address + up(bytes, line);
      return address;
    };
    out_.slot_of.assign(n, -1);
    std::vector<std::size_t> last_use(n, 0);
    std::vector<bool> kept(n, false);  // stats outlive a pass
    for (std::size_t v = 0; v < n; ++v) {
      for (const int arg : program().values[v].args) last_use[static_cast<std::size_t>(arg)] = v;
    }
    for (const auto& output : program().outputs)
      last_use[static_cast<std::size_t>(output.value)] = n;
    for (std::size_t i = 0; i < program().inputs.size(); ++i) {
      const auto v = static_cast<std::size_t>(program().input_values[i]);
      out_.slot_of[v] = static_cast<int>(
          out_.resident[i] ? reserve(program().inputs[i].elements * 4)
                           : reserve(out_.buffers * out_.buffer_bytes(out_.vary[v])));
    }
    out_.output_address.clear();
    for (std::size_t o = 0; o < program().outputs.size(); ++o) {
      const StreamLayout::Vary vary = vary_of(program().outputs[o].access);
      out_.output_address.push_back(reserve(out_.buffers * out_.buffer_bytes(vary)));
    }
    struct Free {
      std::int64_t bytes, address;
    };
    std::vector<Free> free;
    const auto take = [&](std::int64_t bytes) {
      for (auto it = free.begin(); it != free.end(); ++it) {
        if (it->bytes != bytes) continue;
        const std::int64_t address = it->address;
        free.erase(it);
        return address;
      }
      return reserve(bytes);
    };
    bool scans_cols = false;
    for (std::size_t v = 0; v < n; ++v) {
      const ProgramValue& value = program().values[v];
      if (value.kind == Kind::Input || value.kind == Kind::Number) continue;
      const std::int64_t bytes = out_.buffer_bytes(out_.vary[v]);
      scans_cols |= value.kind == Kind::Scan && out_.reduces_cols;
      // In place only where result and dying argument are the same rectangle of elements.
      const bool in_place = value.kind == Kind::Map;
      const auto release = [&] {
        for (std::size_t a = 0; a < v; ++a) {
          const ProgramValue& arg = program().values[a];
          if (last_use[a] != v || out_.is_stat[a] || arg.kind == Kind::Input ||
              arg.kind == Kind::Number || out_.output_of(static_cast<int>(a)) >= 0) {
            continue;
          }
          free.push_back({out_.buffer_bytes(out_.vary[a]), out_.slot_of[a]});
        }
      };
      if (in_place && same_shape(v)) {
        release();
        out_.slot_of[v] = address_of(v, bytes, take);
      } else {
        out_.slot_of[v] = address_of(v, bytes, take);
        release();
      }
    }
    if (scans_cols) {
      out_.scratch_address = reserve(2 * out_.buffer_bytes({true, true}));
    } else if (out_.streamed) {
      out_.scratch_address = reserve(out_.buffer_bytes({!out_.reduces_rows, !out_.reduces_cols}));
    }
    out_.bytes = next;
  }

  template <class Take>
  int address_of(std::size_t v, std::int64_t bytes, const Take& take) {
    const int output = out_.output_of(static_cast<int>(v));
    if (output >= 0) return static_cast<int>(out_.output_address[static_cast<std::size_t>(output)]);
    return static_cast<int>(take(bytes));
  }
  /// All varying arguments of a value have its own extents.
  bool same_shape(std::size_t v) const {
    for (const int arg : program().values[v].args) {
      if (program().values[static_cast<std::size_t>(arg)].kind == Kind::Number) continue;
      if (!(out_.vary[static_cast<std::size_t>(arg)] == out_.vary[v])) return false;
    }
    return true;
  }

  const isa::Arch& arch_;
  StreamLayout& out_;
};

}  // namespace

std::int64_t StreamLayout::buffer_bytes(Vary v) const { return up(elements(v) * 4, 64); }

int StreamLayout::output_of(int v) const {
  const auto value = static_cast<std::size_t>(v);
  const Kind kind = program.values[value].kind;
  if (kind == Kind::Input || kind == Kind::Number) return -1;
  for (std::size_t o = 0; o < program.outputs.size(); ++o) {
    if (program.outputs[o].value != v) continue;
    Vary needed;
    for (std::size_t d = 0; d < dims.size(); ++d) {
      if (program.outputs[o].access.strides[d] == 0 || dims[d].chunk == 1) continue;
      needed.rows |= dims[d].role == Role::Row;
      needed.cols |= dims[d].role == Role::Col;
    }
    if (needed == vary[value]) return static_cast<int>(o);
  }
  return -1;
}

std::string lay_out(const Program& program, const isa::Arch& arch, StreamLayout& layout) {
  layout.program = merged(program);
  return Layouter(arch, layout).go();
}

}  // namespace coldforge::kernels::eager
