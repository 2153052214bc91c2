#include "kernels/eager/stream.h"

#include <algorithm>
#include <map>
#include <set>

#include "kernels/eager/source.h"
#include "kernels/eager/stream_layout.h"
#include "sim/base/error.h"

namespace coldforge::kernels::eager {
namespace {

using Role = StreamLayout::Role;
using Vary = StreamLayout::Vary;
using Kind = ProgramValue::Kind;

constexpr int kViews = 8;
constexpr int kTiles = 32;

class StreamWriter {
 public:
  explicit StreamWriter(const StreamLayout& layout) : in_(layout) {}

  Body write() {
    Body body;
    if (program().inputs.size() + program().outputs.size() > kViews) {
      body.refusal = "more than eight tensors";
      return body;
    }
    loops();
    if (next_tile_ > kTiles) {
      body.refusal = "more tiles than registers";
      return body;
    }
    body.plan = plan();
    Source head;
    head.line("npu::Channel<Engine::Load, Engine::Vector, kLoaded, kLoadFree> loaded({});",
              in_.buffers);
    head.line("npu::Channel<Engine::Vector, Engine::Store, kReady, kStoreFree> ready({});",
              in_.buffers);
    head.append(declarations_.str());
    body.statements = head.str() + text_.str();
    Source tail;
    tail.line("finish<kLoadFree>({0});", in_.buffers);
    tail.line("finish<kStoreFree>({0});", in_.buffers);
    body.statements += tail.str();
    return body;
  }

 private:
  const Program& program() const { return in_.program; }
  const ProgramValue& value(int v) const { return program().values[static_cast<std::size_t>(v)]; }
  Vary vary(int v) const { return in_.vary[static_cast<std::size_t>(v)]; }
  bool stat(int v) const { return in_.is_stat[static_cast<std::size_t>(v)]; }
  int level(int v) const { return in_.level[static_cast<std::size_t>(v)]; }

  std::string plan() const {
    std::string text =
        fmt::format("pieces of {} x {}, {} buffers", in_.rows, in_.cols, in_.buffers);
    if (in_.reduces_cols) text += ", reduced along the columns";
    if (in_.reduces_rows) text += ", reduced down the rows";
    if (in_.streamed) text += ", one pass over the operands for each level of reductions";
    return text;
  }

  // --- loops -------------------------------------------------------------------------------

  void loops() {
    for (std::size_t i = 0; i < program().inputs.size(); ++i) {
      if (in_.resident[i]) load_resident(i);
    }
    text_.line("int load_buffer = 0, store_buffer = 0;");
    int opened = 0;
    for (std::size_t d = 0; d < in_.dims.size(); ++d) {
      if (!in_.dims[d].reduced || !in_.streamed) opened += open_loop(d);
    }
    const int last = last_level();
    if (!in_.streamed) {
      load_piece(all_values());
      reserve_outputs();
      for (const int v : all_values()) compute(v, false);
      copies(all_outputs());
      release_piece(all_values());
      store(all_outputs());
    } else {
      reserve_outputs();
      for (int pass = 0; pass < last; ++pass) {
        std::vector<int> wanted;
        for (int v = 0; v < size(); ++v) {
          if (value(v).kind == Kind::Reduce && level(v) == pass + 1) wanted.push_back(v);
        }
        reduce_pass(wanted);
        for (int v = 0; v < size(); ++v) {
          if (stat(v) && level(v) == pass + 1 && value(v).kind == Kind::Map) compute(v, false);
        }
      }
      std::vector<std::size_t> stats, pieces;
      for (std::size_t o = 0; o < program().outputs.size(); ++o) {
        (stat(program().outputs[o].value) ? stats : pieces).push_back(o);
      }
      if (!stats.empty()) {
        copies(stats);
        store(stats);
      }
      if (!pieces.empty()) map_pass(pieces);
    }
    while (opened-- > 0) text_.close();
  }

  int size() const { return static_cast<int>(program().values.size()); }
  int last_level() const { return *std::max_element(in_.level.begin(), in_.level.end()); }
  std::vector<int> all_values() const {
    std::vector<int> values;
    for (int v = 0; v < size(); ++v) values.push_back(v);
    return values;
  }
  std::vector<std::size_t> all_outputs() const {
    std::vector<std::size_t> outputs;
    for (std::size_t o = 0; o < program().outputs.size(); ++o) outputs.push_back(o);
    return outputs;
  }

  int open_loop(std::size_t d) {
    const auto& dim = in_.dims[d];
    if (!dim.looped()) return 0;
    text_.open(
        fmt::format("for (int i{0} = 0; i{0} < {1}; i{0} += {2})", d, dim.extent, dim.chunk));
    if (dim.tailed()) {
      text_.line("const int n{0} = npu::min({1}, {2} - i{0});", d, dim.chunk, dim.extent);
    }
    return 1;
  }
  std::string size_of(std::size_t d) const {
    return in_.dims[d].tailed() ? fmt::format("n{}", d) : std::to_string(in_.dims[d].chunk);
  }
  /// Rows or columns of a piece as C++.
  std::string extent(Role role) const {
    std::int64_t fixed = 1;
    std::string text;
    for (std::size_t d = 0; d < in_.dims.size(); ++d) {
      if (in_.dims[d].role != role) continue;
      if (in_.dims[d].tailed()) {
        text += (text.empty() ? "" : " * ") + size_of(d);
      } else {
        fixed *= in_.dims[d].chunk;
      }
    }
    if (text.empty()) return std::to_string(fixed);
    return fixed == 1 ? text : text + fmt::format(" * {}", fixed);
  }
  bool has_tail(Role role) const {
    return std::any_of(in_.dims.begin(), in_.dims.end(),
                       [&](const auto& dim) { return dim.role == role && dim.tailed(); });
  }
  std::string rows(Vary v) const { return v.rows ? extent(Role::Row) : "1"; }
  std::string cols(Vary v) const { return v.cols ? extent(Role::Col) : "1"; }
  bool tailed(Vary v) const {
    return (v.rows && has_tail(Role::Row)) || (v.cols && has_tail(Role::Col));
  }

  std::string offset_of(const Access& access) const {
    std::string text;
    for (std::size_t d = 0; d < in_.dims.size(); ++d) {
      if (!in_.dims[d].looped() || access.strides[d] == 0) continue;
      text += (text.empty() ? "" : " + ") + (access.strides[d] == 1
                                                 ? fmt::format("i{}", d)
                                                 : fmt::format("i{} * {}", d, access.strides[d]));
    }
    if (access.offset != 0) {
      text += (text.empty() ? "" : " + ") + std::to_string(access.offset);
    }
    return text;
  }

  // --- passes ------------------------------------------------------------------------------

  /// What `wanted` needs in a piece besides stats, in order; stops at stats.
  std::vector<int> needed(const std::vector<int>& wanted) const {
    std::set<int> found;
    std::vector<int> open;
    for (const int w : wanted) {
      if (value(w).kind == Kind::Reduce && stat(w)) {
        open.push_back(value(w).args[0]);
      } else {
        open.push_back(w);
      }
    }
    while (!open.empty()) {
      const int v = open.back();
      open.pop_back();
      if (stat(v) || !found.insert(v).second) continue;
      for (const int arg : value(v).args) open.push_back(arg);
    }
    return {found.begin(), found.end()};
  }

  void reduce_pass(const std::vector<int>& wanted) {
    const std::vector<int> body = needed(wanted);
    const std::string first = fmt::format("first{}", level(wanted.front()));
    text_.line("bool {} = true;", first);
    const int opened = open_reduced();
    load_piece(body);
    for (const int v : body) compute(v, false);
    for (const int v : wanted) {
      text_.open("if (" + first + ")");
      compute(v, false);
      text_.dedent();
      text_.open("} else");
      compute(v, true);
      text_.close();
    }
    text_.line("{} = false;", first);
    release_piece(body);
    for (int i = 0; i < opened; ++i) text_.close();
  }

  void map_pass(const std::vector<std::size_t>& outputs) {
    std::vector<int> wanted;
    for (const std::size_t o : outputs) wanted.push_back(program().outputs[o].value);
    const std::vector<int> body = needed(wanted);
    const int opened = open_reduced();
    load_piece(body);
    if (reserved_late_) text_.line("ready.reserve();");
    for (const int v : body) compute(v, false);
    copies(outputs);
    release_piece(body);
    store(outputs);
    for (int i = 0; i < opened; ++i) text_.close();
  }
  int open_reduced() {
    int opened = 0;
    for (std::size_t d = 0; d < in_.dims.size(); ++d) {
      if (in_.dims[d].reduced) opened += open_loop(d);
    }
    return opened;
  }

  // --- loads and stores --------------------------------------------------------------------

  /// Levels of the view over one piece of an access.
  std::string levels(const Access& access, Vary v) const {
    std::string text;
    int level = 0;
    for (const Role role : {Role::Row, Role::Col}) {
      if (!(role == Role::Row ? v.rows : v.cols)) continue;
      for (std::size_t d = 0; d < in_.dims.size(); ++d) {
        if (in_.dims[d].role != role) continue;
        text += fmt::format(".level({}, {}, {})", level++, size_of(d), access.strides[d]);
      }
    }
    return level == 0 ? ".level(0, 1, 1)" : text;
  }
  std::string view(const std::string& name, int reg, const Access& access, Vary v) {
    declarations_.line("npu::View<{}, {}> {}({});", c_type_of(access.type), reg, name, access.base);
    if (!tailed(v)) declarations_.line("{}{};", name, levels(access, v));
    std::string offset = offset_of(access);
    if (!offset.empty()) offset = " + " + offset;
    return fmt::format("{}.rebase({}{}){}", name, access.base, offset,
                       tailed(v) ? levels(access, v) : "");
  }

  void load_resident(std::size_t i) {
    const Access& access = program().inputs[i];
    const int v = program().input_values[i];
    declarations_.line("// Small and used over and over: loaded once.");
    declarations_.line("npu::View<{}, {}> in{}({});", c_type_of(access.type), i, i, access.base);
    declarations_.line("in{}.level(0, {}, 1);", i, access.elements);
    declarations_.line("npu::VecTile<{}, {}> all{}(1, {}, {});", lane_type(v), next_tile_++, i,
                       access.elements, in_.slot_of[static_cast<std::size_t>(v)]);
    declarations_.line("npu::tload(all{0}, in{0});", i);
    has_resident_ = true;
  }

  void load_piece(const std::vector<int>& values) {
    bool any = false;
    for (std::size_t i = 0; i < program().inputs.size(); ++i) {
      const int v = program().input_values[i];
      if (in_.resident[i] || std::find(values.begin(), values.end(), v) == values.end()) continue;
      if (!any) text_.line("loaded.reserve();");
      any = true;
      auto& known = input_view_[i];
      if (known.empty()) {
        known = view(fmt::format("in{}", i), static_cast<int>(i), program().inputs[i], vary(v));
      }
      text_.line("npu::tload({}, {});", tile(v, false), known);
    }
    if (any || (has_resident_ && !resident_awaited_)) {
      if (!any) text_.line("loaded.reserve();");
      text_.line("loaded.publish();");
      text_.line("loaded.acquire();");
      resident_awaited_ = true;
      piece_loaded_ = true;
    } else {
      piece_loaded_ = false;
    }
  }
  void release_piece(const std::vector<int>&) {
    if (!piece_loaded_) return;
    text_.line("loaded.release();");
    text_.line("load_buffer = load_buffer + 1 == {0} ? 0 : load_buffer + 1;", in_.buffers);
  }

  void reserve_outputs() {
    // In a streamed program whose outputs leave in the last pass, each piece reserves its own.
    reserved_late_ =
        in_.streamed && !std::any_of(program().outputs.begin(), program().outputs.end(),
                                     [&](const auto& o) { return stat(o.value); });
    if (!reserved_late_) text_.line("ready.reserve();");
  }
  void store(const std::vector<std::size_t>& outputs) {
    text_.line("ready.publish();");
    text_.line("ready.acquire();");
    for (const std::size_t o : outputs) {
      const Access& access = program().outputs[o].access;
      const auto reg = static_cast<int>(program().inputs.size() + o);
      const Vary v = output_vary(o);
      const std::string to = view(fmt::format("out{}", o), reg, access, v);
      text_.line("npu::tstore({}, {});", to, output_tile(o));
    }
    text_.line("ready.release();");
    text_.line("store_buffer = store_buffer + 1 == {0} ? 0 : store_buffer + 1;", in_.buffers);
  }
  Vary output_vary(std::size_t o) const {
    Vary v;
    const Access& access = program().outputs[o].access;
    for (std::size_t d = 0; d < in_.dims.size(); ++d) {
      if (access.strides[d] == 0 || in_.dims[d].chunk == 1) continue;
      v.rows |= in_.dims[d].role == Role::Row;
      v.cols |= in_.dims[d].role == Role::Col;
    }
    return v;
  }
  /// Outputs that no instruction wrote in place: copies of inputs, numbers, broadcasts.
  void copies(const std::vector<std::size_t>& outputs) {
    for (const std::size_t o : outputs) {
      const int v = program().outputs[o].value;
      if (in_.output_of(v) == static_cast<int>(o)) continue;
      if (value(v).kind == Kind::Number) {
        text_.line("npu::texpands({}, {});", output_tile(o),
                   literal(value(v).number, value(v).lane));
      } else {
        text_.line("npu::tcopy({}, {});", output_tile(o), tile(v, false));
      }
    }
  }

  // --- tiles -------------------------------------------------------------------------------

  std::string lane_type(int v) const { return value(v).lane == Lane::Float ? "float" : "npu::i32"; }

  /// Declares the tile of a value once; returns how a piece names it.
  std::string tile(int v, bool flat) {
    const auto at = static_cast<std::size_t>(v);
    const int output = in_.output_of(v);
    if (output >= 0) return output_tile(static_cast<std::size_t>(output), flat);
    std::string name = fmt::format("{}{}", flat ? "f" : "t", v);
    const bool fresh = named_.insert(name).second;
    std::int64_t row_stride = vary(v).cols ? in_.cols : 1, col_stride = 1;
    std::string base;
    if (value(v).kind == Kind::Input) {
      const std::size_t input = input_of(v);
      if (in_.resident[input]) {
        const Access& access = program().inputs[input];
        row_stride = col_stride = 0;
        for (std::size_t d = 0; d < in_.dims.size(); ++d) {
          if (in_.dims[d].role == Role::Row) row_stride = access.strides[d];
          if (in_.dims[d].role == Role::Col) col_stride = access.strides[d];
        }
        const std::string offset = offset_of(access);
        if (!offset.empty()) base = fmt::format("{} + ({}) * 4", in_.slot_of[at], offset);
      } else {
        base = fmt::format("{} + load_buffer * {}", in_.slot_of[at], in_.buffer_bytes(vary(v)));
      }
    }
    if (fresh) declare(v, name, flat, in_.slot_of[at], row_stride, col_stride);
    std::string text = name;
    if (!base.empty()) text += fmt::format(".rebase({})", base);
    return text + shape(vary(v), flat);
  }
  std::string output_tile(std::size_t o, bool flat = false) {
    const int v = program().outputs[o].value;
    std::string name = fmt::format("{}{}", flat ? "g" : "y", o);
    if (named_.insert(name).second) {
      const Vary vary = output_vary(o);
      declare_as(value(v).kind == Kind::Number ? lane_name(program().outputs[o].access.type)
                                               : lane_type(v),
                 name, flat, vary, in_.output_address[o], vary.cols ? in_.cols : 1, 1);
    }
    return fmt::format("{}.rebase({} + store_buffer * {}){}", name, in_.output_address[o],
                       in_.buffer_bytes(output_vary(o)), shape(output_vary(o), flat));
  }
  static std::string lane_name(ElementType type) {
    return lane_of(type) == Lane::Float ? "float" : "npu::i32";
  }
  std::string shape(Vary v, bool flat) const {
    if (!tailed(v)) return "";
    return flat ? fmt::format(".shape(1, {})", rows(v))
                : fmt::format(".shape({}, {})", rows(v), cols(v));
  }
  void declare(int v, const std::string& name, bool flat, std::int64_t address,
               std::int64_t row_stride, std::int64_t col_stride) {
    declare_as(lane_type(v), name, flat, vary(v), address, row_stride, col_stride);
  }
  void declare_as(const std::string& type, const std::string& name, bool flat, Vary v,
                  std::int64_t address, std::int64_t row_stride, std::int64_t col_stride) {
    std::int64_t rows = v.rows ? in_.rows : 1, cols = v.cols ? in_.cols : 1;
    if (flat) {
      std::swap(rows, cols);
      col_stride = row_stride;
      row_stride = 1;
    }
    declarations_.line("npu::VecTile<{}, {}> {}({}, {}, {});", type, next_tile_++, name, rows, cols,
                       address);
    if (rows > 1 || cols > 1)
      declarations_.line("{}.stride({}, {});", name, row_stride, col_stride);
  }
  std::size_t input_of(int v) const {
    const auto& values = program().input_values;
    return static_cast<std::size_t>(std::find(values.begin(), values.end(), v) - values.begin());
  }

  // --- instructions ------------------------------------------------------------------------

  /// Writes one value; `again`: a further piece of a reduction, joined to what there is.
  void compute(int v, bool again) {
    const ProgramValue& it = value(v);
    if (it.kind == Kind::Input || it.kind == Kind::Number) return;
    if (it.kind == Kind::Index) return index(v);
    if (it.kind == Kind::Scan) return scan(v);
    if (it.kind == Kind::Reduce) return reduce(v, again);
    // One column of many rows is a row of the same elements: a beat then holds all lanes.
    const bool flat = vary(v).rows && !vary(v).cols;
    std::string operands = tile(v, flat);
    for (const int arg : it.args) operands += ", " + tile(arg, flat);
    for (const std::string& immediate : it.immediates) operands += ", " + immediate;
    text_.line("npu::{}({});", it.instruction, operands);
  }

  void index(int v) {
    const std::size_t d = value(v).dim;
    const bool down = in_.dims[d].role == Role::Row;
    const std::string start = in_.dims[d].looped() ? fmt::format("i{}", d) : "0";
    text_.line("npu::tci({}, {}, {}, {});", tile(v, false), start,
               in_.dims[d].role == Role::Loop || !down ? 0 : 1,
               in_.dims[d].role == Role::Loop || down ? 0 : 1);
  }

  void reduce(int v, bool again) {
    const ProgramValue& it = value(v);
    const std::string instruction =
        std::string(in_.reduces_cols ? "trow" : "tcol") + it.instruction;
    if (!again) {
      text_.line("npu::{}({}, {});", instruction, tile(v, false), tile(it.args[0], false));
      return;
    }
    const std::string part = fmt::format("part{}", v);
    if (named_.insert(part).second) {
      declare(v, part, false, in_.scratch_address, 1, 1);
      declare(v, part + "_flat", true, in_.scratch_address, 1, 1);
    }
    text_.line("npu::{}({}{}, {});", instruction, part, shape(vary(v), false),
               tile(it.args[0], false));
    const std::string join = it.instruction == "sum" ? "tadd" : "t" + it.instruction;
    const bool flat = vary(v).rows;
    const std::string sum = tile(v, flat);
    text_.line("npu::{}({}, {}, {}{});", join, sum, sum, part + (flat ? "_flat" : ""),
               shape(vary(v), flat));
  }

  void scan(int v) {
    const ProgramValue& it = value(v);
    const bool reverse = it.number != 0;
    const bool turned = in_.reduces_cols;  // rows are turned into columns and back
    const std::int64_t along = turned ? in_.cols : in_.rows, across = turned ? in_.rows : in_.cols;
    const std::int64_t piece = in_.buffer_bytes({true, true});
    const std::string rows_text = turned ? extent(Role::Col) : extent(Role::Row);
    const std::string cols_text = turned ? extent(Role::Row) : extent(Role::Col);
    const auto scanned = [&](const std::string& name, const std::string& base) {
      const std::string last = reverse ? fmt::format(" + {} * 4", (along - 1) * across) : "";
      text_.line("npu::VecTile<{}, {}> {}({}, {}, {}{});", lane_type(v), next_tile_++, name,
                 rows_text, cols_text, base, last);
      text_.line("{}.stride({}, 1);", name, reverse ? -across : across);
    };
    if (!turned) {
      const int arg = it.args[0];
      const int output = in_.output_of(v);
      scanned(fmt::format("a{}", v), base_of(arg));
      scanned(fmt::format("s{}", v),
              output >= 0 ? fmt::format("{} + store_buffer * {}",
                                        in_.output_address[static_cast<std::size_t>(output)], piece)
                          : std::to_string(in_.slot_of[static_cast<std::size_t>(v)]));
      text_.line("npu::tscan_{0}(s{1}, a{1});", it.instruction, v);
      return;
    }
    declarations_.line("npu::VecTile<{}, {}> turned{}({}, {}, {});", lane_type(v), next_tile_++, v,
                       along, across, in_.scratch_address);
    declarations_.line("npu::VecTile<{}, {}> back{}({}, {}, {});", lane_type(v), next_tile_++, v,
                       along, across, in_.scratch_address + piece);
    text_.line("npu::ttrans(turned{}{}, {});", v,
               tailed({true, true}) ? fmt::format(".shape({}, {})", rows_text, cols_text) : "",
               tile(it.args[0], false));
    scanned(fmt::format("a{}", v), std::to_string(in_.scratch_address));
    scanned(fmt::format("s{}", v), std::to_string(in_.scratch_address + piece));
    text_.line("npu::tscan_{0}(s{1}, a{1});", it.instruction, v);
    text_.line("npu::ttrans({}, back{}{});", tile(v, false), v,
               tailed({true, true}) ? fmt::format(".shape({}, {})", rows_text, cols_text) : "");
  }
  std::string base_of(int v) const {
    const auto at = static_cast<std::size_t>(v);
    if (value(v).kind != Kind::Input) return std::to_string(in_.slot_of[at]);
    return fmt::format("{} + load_buffer * {}", in_.slot_of[at], in_.buffer_bytes(vary(v)));
  }

  const StreamLayout& in_;
  Source declarations_, text_;
  std::map<std::size_t, std::string> input_view_;
  std::set<std::string> named_;
  int next_tile_ = 0;
  bool has_resident_ = false, resident_awaited_ = false, piece_loaded_ = false;
  bool reserved_late_ = false;
};

}  // namespace

Body write_stream(const Program& program, const isa::Arch& arch) {
  StreamLayout layout;
  Body body;
  body.refusal = lay_out(program, arch, layout);
  if (!body.refusal.empty()) return body;
  return StreamWriter(layout).write();
}

}  // namespace coldforge::kernels::eager
