#include "agent/generator/emit/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace coldforge::agent {
namespace {

constexpr int kFixedTiles = 20;  // registers 12..31 for tiles described once; the others take turns

constexpr const char* kEngines[] = {"Scalar", "Load", "Store", "Move", "Matrix", "Vector"};
constexpr const char* kMemories[] = {"Vec", "Left", "Right", "Acc"};
constexpr const char* kTypes[kElementTypes] = {"npu::f32", "npu::f16", "npu::bf16", "npu::i8",
                                               "npu::u8",  "npu::i32", "npu::i64",  "bool"};

const char* engine(isa::Unit unit) { return kEngines[static_cast<int>(unit)]; }

std::string camel(const std::string& name) {
  std::string result;
  bool upper = true;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      upper = true;
      continue;
    }
    result += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return result;
}

std::string snake(const std::string& name) {
  std::string result;
  for (const char c : name) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!word && (result.empty() || result.back() == '_')) continue;
    result += word ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '_';
  }
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0])) != 0)
    result = "t" + result;
  return result;
}

void collect(const Body& body, std::map<int, const Body*>& bodies) {
  bodies[body.id] = &body;
  for (const Item& item : body.items) {
    if (item.loop != nullptr) collect(*item.loop, bodies);
  }
}

bool is_load(const Item& item) {
  return item.step != nullptr && item.step->api->unit == isa::Unit::Load;
}

}  // namespace

GroupWriter::GroupWriter(const GroupPlan& plan, const std::vector<DramName>& tensors, int number)
    : plan_(plan), tensors_(tensors), tokens_(make_tokens(plan)), number_(number) {
  collect(plan.root, bodies_);
}

std::string GroupWriter::constant_name(const Buffer& buffer) const {
  return "k" + (number_ > 0 ? fmt::format("Part{}", number_ + 1) : "") + camel(buffer.name);
}

std::string GroupWriter::constants() const {
  std::string text;
  for (const Buffer& buffer : plan_.buffers) {
    const char* memory = kMemories[static_cast<int>(buffer.memory)];
    text += fmt::format("constexpr uint32_t {} = {};  // {}, {} bytes{}\n", constant_name(buffer),
                        buffer.base, memory, buffer.bytes,
                        buffer.depth > 1 ? fmt::format(", {} in turn", buffer.depth) : "");
    if (buffer.depth > 1) {
      text +=
          fmt::format("constexpr uint32_t {}Bytes = {};\n", constant_name(buffer), buffer.bytes);
    }
  }
  return text;
}

std::vector<std::string> GroupWriter::words() const {
  std::vector<std::string> lines;
  std::string tiles;
  for (std::size_t d = 0; d < plan_.group.dims.size(); ++d) {
    const GroupDim& g = plan_.group.dims[d];
    tiles += fmt::format("{}{} {} of {}", tiles.empty() ? "" : ", ", g.name, plan_.map.tile[d],
                         g.extent);
  }
  if (!tiles.empty()) lines.push_back("tile: " + tiles);
  std::string loops;
  for (const int d : plan_.map.loops) loops += (loops.empty() ? "" : ", then ") + dim(d).name;
  if (!loops.empty()) lines.push_back("loops, outermost first: " + loops);
  std::string buffers;
  for (const Buffer& b : plan_.buffers) {
    if (!b.shared) continue;
    buffers += fmt::format("{}{} x{} in {}", buffers.empty() ? "" : ", ", b.name, b.depth,
                           kMemories[static_cast<int>(b.memory)]);
  }
  if (!buffers.empty()) lines.push_back("buffers: " + buffers);
  for (const auto& [id, body] : bodies_) {
    if (body->ahead > 0)
      lines.push_back(
          fmt::format("loads run {} tile(s) ahead over {}", body->ahead, dim(body->dim).name));
  }
  return lines;
}

std::string GroupWriter::number(const Extent& extent) const {
  std::string text;
  if (extent.constant != 1 || extent.dims.empty()) text = std::to_string(extent.constant);
  for (const int d : extent.dims) text += (text.empty() ? "" : " * ") + dim(d).name + "_n";
  return text;
}

std::string GroupWriter::affine(std::int64_t constant,
                                const std::vector<std::pair<int, std::int64_t>>& terms) {
  std::string text;
  for (const auto& [d, c] : terms) {
    if (c == 0) continue;
    if (std::find(open_loops_.begin(), open_loops_.end(), d) == open_loops_.end())
      problem_ = "an operand that moves with a loop inside of its place";
    const std::int64_t size = c < 0 ? -c : c;
    if (text.empty()) {
      text = c < 0 ? "-" : "";
    } else {
      text += c < 0 ? " - " : " + ";
    }
    text += size == 1 ? start(d) : start(d) + " * " + std::to_string(size);
  }
  if (text.empty()) return std::to_string(constant);
  if (constant != 0)
    text += (constant < 0 ? " - " : " + ") + std::to_string(constant < 0 ? -constant : constant);
  return text;
}

std::string GroupWriter::turn(int body, bool early) const {
  return fmt::format("{}{}", early ? "early" : "turn", body);
}

std::string GroupWriter::address_of(int index) {
  const Buffer& buffer = plan_.buffers[static_cast<std::size_t>(index)];
  if (buffer.depth == 1) return constant_name(buffer);
  // Variables of enclosing blocks count: the turn of an outer body does not change inside.
  for (std::size_t s = scopes_.size(); s-- > 0;) {
    const auto found = scopes_[s].address.find(index);
    if (found != scopes_[s].address.end()) return found->second;
  }
  const bool early = early_ && bodies_.at(buffer.body)->ahead > 0;
  const std::string name = snake(buffer.name) + "_at" + (early ? "_early" : "");
  line(fmt::format("const uint32_t {} = {} + {} % {}u * {}Bytes;", name, constant_name(buffer),
                   turn(buffer.body, early), buffer.depth, constant_name(buffer)));
  scope().address[index] = name;
  return name;
}

std::string GroupWriter::tile(const TileUse& use) {
  const Buffer& buffer = plan_.buffers[static_cast<std::size_t>(use.buffer)];
  const std::string rows = number(use.rows), cols = number(use.cols);
  const std::string type =
      fmt::format("npu::{}Tile<{}, ", kMemories[static_cast<int>(buffer.memory)],
                  kTypes[static_cast<int>(buffer.type)]);
  std::string address = address_of(use.buffer);
  std::string offset = affine(use.offset_elems * size_bytes(buffer.type), [&] {
    auto terms = use.moving.terms;
    for (auto& [d, c] : terms) c *= size_bytes(buffer.type);
    return terms;
  }());
  if (offset != "0")
    address +=
        " + " + (use.moving.terms.empty() ? offset : "static_cast<uint32_t>(" + offset + ")");
  const std::string stride =
      use.dense ? "" : fmt::format(".stride({}, {})", use.row_stride, use.col_stride);
  const std::string key = fmt::format("{}|{}|{}|{}|{}", use.buffer, rows, cols, address, stride);
  if (const auto done = scope().fresh.find(key); done != scope().fresh.end()) return done->second;

  const bool steady = use.cols.dims.empty();
  const bool constant_address = buffer.depth == 1 && use.moving.terms.empty();
  const std::string shape_key = fmt::format("{}|{}|{}|{}|{}", use.buffer, rows, cols, stride,
                                            constant_address ? address : offset);
  auto found = fixed_.find(shape_key);
  if (found == fixed_.end() && steady && next_fixed_tile_ > 31 - kFixedTiles) {
    const std::string name = fmt::format("{}_t{}", snake(buffer.name), next_fixed_tile_);
    const std::string most_rows = use.rows.dims.empty() ? rows : "1";
    hoisted_ += fmt::format("  const {}{}> {}({}, {}, {});\n", type, next_fixed_tile_, name,
                            most_rows, cols, constant_address ? address : constant_name(buffer));
    if (!stride.empty()) hoisted_ += fmt::format("  {}{};\n", name, stride);
    --next_fixed_tile_;
    found = fixed_.emplace(shape_key, name).first;
  }
  if (found != fixed_.end()) {
    const std::string name = found->second;
    std::string change;
    if (!constant_address) change += ".rebase(" + address + ")";
    if (!use.rows.dims.empty()) {
      change += fmt::format(".shape(static_cast<uint32_t>({}), {})", rows, cols);
    }
    if (!change.empty()) line(name + change + ";");
    scope().fresh[key] = name;
    return name;
  }
  const int reg = next_tile_++ % (32 - kFixedTiles);
  const std::string name = fmt::format("{}_{}", snake(buffer.name), ++serial_);
  const auto plain = [](const std::string& t) {
    return t.find_first_not_of("0123456789") == std::string::npos
               ? t
               : "static_cast<uint32_t>(" + t + ")";
  };
  line(fmt::format("const {}{}> {}({}, {}, {});", type, reg, name, plain(rows), plain(cols),
                   address));
  if (!stride.empty()) line(name + stride + ";");
  return name;
}

void GroupWriter::step(const Step& step) {
  std::vector<std::string> arguments;
  for (const Argument& argument : step.arguments) {
    switch (argument.kind) {
      case Argument::Kind::Tile:
        arguments.push_back(tile(argument.tile));
        break;
      case Argument::Kind::View:
        arguments.push_back(view(argument.view));
        break;
      case Argument::Kind::Text:
        arguments.push_back(argument.text);
        break;
    }
  }
  const std::string note = step.note.empty() ? "" : "  // " + step.note;
  if (step.first == nullptr) {
    line(step.api->text(arguments) + ";" + note);
    return;
  }
  std::string condition;
  for (const int d : step.first_of)
    condition += (condition.empty() ? "" : " && ") + start(d) + " == 0";
  line("if (" + condition + ") {");
  line("  " + step.first->text(arguments) + ";" + note);
  line("} else {");
  line("  " + step.api->text(arguments) + ";");
  line("}");
}

void GroupWriter::tokens_before(const Body& body, int item) {
  for (const Token& token : tokens_) {
    if (token.body == body.id && token.before == item) {
      line(fmt::format("npu::wait<npu::Engine::{}>({});  // {}", engine(token.to), token.flag,
                       token.credits == 0
                           ? fmt::format("until {} is done", engine(token.from))
                           : fmt::format("until {} has let go", engine(token.from))));
    }
  }
}

void GroupWriter::tokens_after(const Body& body, int item) {
  for (const Token& token : tokens_) {
    if (token.body == body.id && token.after == item) {
      line(fmt::format("npu::set<npu::Engine::{}>({});", engine(token.from), token.flag));
    }
  }
}

void GroupWriter::items(const Body& body_of, bool loads, bool rest) {
  for (std::size_t i = 0; i < body_of.items.size(); ++i) {
    const Item& item = body_of.items[i];
    if (is_load(item) ? !loads : !rest) continue;
    tokens_before(body_of, static_cast<int>(i));
    if (item.loop != nullptr) {
      body(*item.loop);
    } else {
      step(*item.step);
    }
    tokens_after(body_of, static_cast<int>(i));
  }
}

int GroupWriter::turns_needed(int body) const {
  return std::any_of(plan_.buffers.begin(), plan_.buffers.end(),
                     [&](const Buffer& b) { return b.body == body && b.depth > 1; });
}

void GroupWriter::body(const Body& b) {
  if (b.dim < 0) {
    scopes_.emplace_back();
    items(b, true, true);
    scopes_.pop_back();
    return;
  }
  const GroupDim& g = dim(b.dim);
  const std::int64_t tile = plan_.map.tile[static_cast<std::size_t>(b.dim)];
  const std::int64_t count = (g.extent + tile - 1) / tile;
  const bool turns = turns_needed(b.id) != 0;
  const std::string tail = fmt::format("const int32_t {}_n = npu::min({}, {} - {});", g.name, tile,
                                       g.extent, start(b.dim));
  const bool has_tail = plan_.map.tail(plan_.group, b.dim);
  const auto extents = [&] {
    if (!has_tail) return;
    line(tail);
    for (const GroupDim& d : plan_.group.dims) {
      if (d.follows == b.dim)
        line(fmt::format("const int32_t {}_n = {}_n * {} + {};", d.name, g.name, d.step, d.more));
    }
  };
  const bool outer_early = early_;
  open_loops_.push_back(b.dim);
  if (b.ahead == 0) {
    line(fmt::format("for (int32_t {0} = 0; {0} < {1}; {0} += {2}) {{", start(b.dim), g.extent,
                     tile));
    ++indent_;
    scopes_.emplace_back();
    early_ = false;
    extents();
    items(b, true, true);
    if (turns) line(fmt::format("++{};", turn(b.id, false)));
    scopes_.pop_back();
    --indent_;
    line("}");
    early_ = outer_early;
    open_loops_.pop_back();
    return;
  }
  const std::string t = g.name + "_t";
  line(fmt::format("for (int32_t {0} = 0; {0} < {1}; ++{0}) {{", t, count + b.ahead));
  ++indent_;
  for (int phase = 0; phase < 2; ++phase) {
    const bool early = phase == 0;
    line(early ? fmt::format("if ({} < {}) {{  // loads, {} ahead", t, count, b.ahead)
               : fmt::format("if ({} >= {}) {{", t, b.ahead));
    ++indent_;
    scopes_.emplace_back();
    early_ = early;
    line(early ? fmt::format("const int32_t {} = {} * {};", start(b.dim), t, tile)
               : fmt::format("const int32_t {} = ({} - {}) * {};", start(b.dim), t, b.ahead, tile));
    extents();
    items(b, early, !early);
    if (turns) line(fmt::format("++{};", turn(b.id, early)));
    scopes_.pop_back();
    --indent_;
    line("}");
  }
  --indent_;
  line("}");
  early_ = outer_early;
  open_loops_.pop_back();
}

std::string GroupWriter::statements(bool leaves_flags_low) {
  text_.clear();
  body(plan_.root);
  std::string head;
  for (const auto& [id, b] : bodies_) {
    if (turns_needed(id) == 0 || b->dim < 0) continue;
    head += b->ahead > 0
                ? fmt::format("  uint32_t {} = 0, {} = 0;  // tiles loaded and tiles used so far\n",
                              turn(id, true), turn(id, false))
                : fmt::format("  uint32_t {} = 0;  // tiles so far\n", turn(id, false));
  }
  for (const Border& border : plan_.borders) {
    const Buffer& buffer = plan_.buffers[static_cast<std::size_t>(border.buffer)];
    const std::string name = snake(buffer.name) + "_edge";
    head += fmt::format(
        "  const npu::VecTile<{}, 0> {}(1, {}, {});\n", kTypes[static_cast<int>(buffer.type)], name,
        buffer.bytes * buffer.depth / size_bytes(buffer.type), constant_name(buffer));
    head += "  " + border.api->text({name, pad_text(border.pad, is_float(buffer.type))}) +
            ";  // the edge stays: loads write the middle\n";
  }
  std::string credits, rest;
  const auto repeated = [](int count, const std::string& call) {
    return count == 1 ? "  " + call + "\n"
                      : fmt::format("  for (int32_t i = 0; i < {}; ++i) {}\n", count, call);
  };
  for (const Token& token : tokens_) {
    if (token.credits == 0) continue;
    credits += repeated(token.credits, fmt::format("npu::set<npu::Engine::{}>({});",
                                                   engine(token.from), token.flag));
    rest += repeated(token.credits,
                     fmt::format("npu::wait<npu::Engine::{}>({});", engine(token.to), token.flag));
  }
  if (!credits.empty()) credits = "  // Every buffer is free at first.\n" + credits;
  if (!leaves_flags_low) rest.clear();
  if (!rest.empty()) rest = "  // The next part begins with all flags low.\n" + rest;
  return hoisted_ + head + credits + text_ + rest;
}

}  // namespace coldforge::agent
