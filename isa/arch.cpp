#include "isa/arch.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "isa/isa.h"
#include "isa/json_file.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::isa {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// What a value may be. Ranges are those that the model and the RTL are built for, with room to
/// explore.
struct Range {
  std::int64_t low;
  std::int64_t high;
  bool power_of_two = false;
};

constexpr Range kMemoryBytes{1024, 16 << 20, true};
constexpr Range kLineBytes{4, 1024, true};
constexpr Range kBanks{1, 64, true};
constexpr Range kLatency{1, 100000};

/// Calls `f(path, member, range)` for every value of a machine, in the order of the file. The one
/// list of keys.
template <typename ArchLike, typename F>
void for_each_value(ArchLike& arch, F&& f) {
  f("scalar.itcm_bytes", arch.scalar.itcm_bytes, kMemoryBytes);
  f("scalar.dtcm_bytes", arch.scalar.dtcm_bytes, kMemoryBytes);
  f("scalar.mul_cycles", arch.scalar.mul_cycles, Range{1, 64});
  f("scalar.div_cycles", arch.scalar.div_cycles, Range{1, 64});
  f("scalar.taken_branch_cycles", arch.scalar.taken_branch_cycles, Range{1, 16});
  f("scalar.run_ahead_instructions", arch.scalar.run_ahead_instructions, Range{1, 1 << 24});
  const auto memory = [&f](const std::string& name, auto& tile_memory) {
    f(name + ".size_bytes", tile_memory.size_bytes, kMemoryBytes);
    f(name + ".line_bytes", tile_memory.line_bytes, kLineBytes);
    f(name + ".banks", tile_memory.banks, kBanks);
  };
  memory("vec", arch.vec);
  memory("left", arch.left);
  memory("right", arch.right);
  memory("acc", arch.acc);
  f("queue.depth", arch.queue.depth, Range{1, 256});
  f("queue.max_in_flight", arch.queue.max_in_flight, Range{1, 256});
  f("matrix.rows", arch.matrix.rows, Range{2, 256, true});
  f("matrix.cols", arch.matrix.cols, Range{2, 256, true});
  f("vector.lanes", arch.vector.lanes, Range{1, 256, true});
  f("vector.sfu_elems_per_cycle", arch.vector.sfu_elems_per_cycle, Range{1, 256, true});
  f("bus.beat_bytes", arch.bus.beat_bytes, Range{4, 128, true});
  f("bus.max_burst_beats", arch.bus.max_burst_beats, Range{1, 256, true});
  f("bus.max_outstanding", arch.bus.max_outstanding, Range{1, 256});
  f("dram.read_bytes_per_cycle", arch.dram.read_bytes_per_cycle, Range{1, 1024});
  f("dram.write_bytes_per_cycle", arch.dram.write_bytes_per_cycle, Range{1, 1024});
  f("dram.shared_bytes_per_cycle", arch.dram.shared_bytes_per_cycle, Range{1, 2048});
  f("dram.row_hit_cycles", arch.dram.row_hit_cycles, kLatency);
  f("dram.row_miss_cycles", arch.dram.row_miss_cycles, kLatency);
  f("dram.write_response_cycles", arch.dram.write_response_cycles, kLatency);
  f("dram.row_bytes", arch.dram.row_bytes, Range{256, 1 << 20, true});
  f("dram.banks", arch.dram.banks, Range{1, 256, true});
  f("flags", arch.flags, Range{1, 256});
  f("fault_stop_cycles", arch.fault_stop_cycles, Range{1, 1000});
  f("clock_mhz", arch.clock_mhz, Range{1, 100000});
}

std::vector<std::string> known_paths() {
  std::vector<std::string> paths = {"name"};
  Arch arch;
  for_each_value(arch, [&](const std::string& path, auto&, Range) { paths.push_back(path); });
  return paths;
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

/// "vec.banks" -> /vec/banks
ordered_json::json_pointer pointer_to(std::string path) {
  std::replace(path.begin(), path.end(), '.', '/');
  return ordered_json::json_pointer("/" + path);
}

void flatten(const ordered_json& json, const std::string& prefix, std::vector<std::string>& paths) {
  for (const auto& item : json.items()) {
    const std::string path = prefix.empty() ? item.key() : prefix + "." + item.key();
    if (item.value().is_object()) {
      flatten(item.value(), path, paths);
    } else {
      paths.push_back(path);
    }
  }
}

class Reader {
 public:
  Reader(const ordered_json& json, std::string where) : json_(json), where_(std::move(where)) {}

  void read(const std::string& path, std::int64_t& member, Range range) const {
    const auto& value = at(path);
    if (!value.is_number_integer()) fail(path, value, "must be an integer");
    member = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX
                 ? INT64_MAX
                 : value.get<std::int64_t>();
    check_range(path, value, static_cast<double>(member), range);
    if (range.power_of_two && !is_power_of_two(member)) fail(path, value, "must be a power of two");
  }
  void read(const std::string& path, Cycles& member, Range range) const {
    read(path, member.count, range);
  }
  void read(const std::string& path, double& member, Range range) const {
    const auto& value = at(path);
    if (!value.is_number()) fail(path, value, "must be a number");
    member = value.get<double>();
    check_range(path, value, member, range);
  }
  [[noreturn]] void fail(const std::string& path, const ordered_json& value,
                         const std::string& problem) const {
    throw UserError(where_ + ": " + path + " = " + value.dump(), problem);
  }

 private:
  const ordered_json& at(const std::string& path) const {
    const auto pointer = pointer_to(path);
    if (!json_.contains(pointer)) throw UserError(where_ + ": " + path, "missing");
    return json_.at(pointer);
  }
  void check_range(const std::string& path, const ordered_json& value, double number,
                   Range range) const {
    if (number >= static_cast<double>(range.low) && number <= static_cast<double>(range.high)) {
      return;
    }
    fail(path, value,
         "must be from " + std::to_string(range.low) + " to " + std::to_string(range.high));
  }

  const ordered_json& json_;
  std::string where_;
};

/// Rules between values. Each names the value to change first.
void check_together(const Arch& arch, const std::string& where) {
  const auto fail = [&](const std::string& path, std::int64_t value, const std::string& problem) {
    throw UserError(where + ": " + path + " = " + std::to_string(value), problem);
  };
  const auto must_equal = [&](const std::string& path, std::int64_t value, std::int64_t right,
                              const std::string& formula) {
    if (value != right) fail(path, value, "must be " + formula + " = " + std::to_string(right));
  };
  must_equal("vec.line_bytes", arch.vec.line_bytes, 4 * arch.vector.lanes, "4 * vector.lanes");
  must_equal("left.line_bytes", arch.left.line_bytes, 2 * arch.matrix.rows, "2 * matrix.rows");
  must_equal("right.line_bytes", arch.right.line_bytes, 2 * arch.matrix.cols, "2 * matrix.cols");
  must_equal("acc.line_bytes", arch.acc.line_bytes, 4 * arch.matrix.cols, "4 * matrix.cols");
  if (arch.vector.sfu_elems_per_cycle > arch.vector.lanes) {
    fail("vector.sfu_elems_per_cycle", arch.vector.sfu_elems_per_cycle,
         "must divide vector.lanes = " + std::to_string(arch.vector.lanes));
  }
  const auto memory = [&](const std::string& name, const TileMemoryArch& m) {
    if (m.size_bytes < m.line_bytes * m.banks) {
      fail(name + ".size_bytes", m.size_bytes,
           "must hold a line in each bank, " + std::to_string(m.line_bytes * m.banks) + " bytes");
    }
  };
  memory("vec", arch.vec);
  memory("left", arch.left);
  memory("right", arch.right);
  memory("acc", arch.acc);
  if (arch.bus.max_burst_beats * arch.bus.beat_bytes > 4096) {
    fail("bus.max_burst_beats", arch.bus.max_burst_beats,
         "must keep a burst of " + std::to_string(arch.bus.beat_bytes) +
             "-byte beats within 4096 bytes (AXI)");
  }
  if (arch.dram.row_miss_cycles < arch.dram.row_hit_cycles) {
    fail(
        "dram.row_miss_cycles", arch.dram.row_miss_cycles.count,
        "must be at least dram.row_hit_cycles = " + std::to_string(arch.dram.row_hit_cycles.count));
  }
}

/// Path and displayed name of an architecture file: a path, or the name of a built-in machine.
struct Source {
  std::string path;
  std::string shown;
};

Source find_source(const std::string& name, const std::string& asked_by, const fs::path& beside) {
  const auto built_in = built_in_archs();
  if (std::find(built_in.begin(), built_in.end(), name) != built_in.end()) {
    return {share_dir() + "/isa/arch/" + name + ".json", "isa/arch/" + name + ".json"};
  }
  const fs::path path = beside.empty() ? fs::path(name) : beside / name;
  if (!fs::is_regular_file(path)) {
    throw UserError(asked_by.empty() ? name : asked_by + ": base = \"" + name + "\"",
                    "no such architecture file; built in are " + list_of(built_in));
  }
  return {path.string(), path.string()};
}

ordered_json read_patched(const Source& source, int depth) {
  ordered_json json = read_json(source.path, source.shown);
  if (!json.contains("base")) return json;
  if (!json["base"].is_string()) throw UserError(source.shown + ": base", "must be a string");
  if (depth > 8) throw UserError(source.shown + ": base", "bases lead in a circle");
  const auto base = json["base"].get<std::string>();
  json.erase("base");
  ordered_json merged =
      read_patched(find_source(base, source.shown, fs::path(source.path).parent_path()), depth + 1);
  merged.merge_patch(json);
  return merged;
}

void set_value(ordered_json& json, const std::string& text) {
  const auto equals = text.find('=');
  const std::string where = "--set " + text;
  if (equals == std::string::npos || equals == 0) {
    throw UserError(where, "must be path=value, like vector.lanes=32");
  }
  const std::string path = text.substr(0, equals);
  const auto known = known_paths();
  if (std::find(known.begin(), known.end(), path) == known.end()) {
    throw UserError(where, "unknown path \"" + path + "\"; known are " + list_of(known));
  }
  const auto value =
      ordered_json::parse(text.substr(equals + 1), nullptr, /*allow_exceptions=*/false);
  if (path == "name") {
    json[path] = text.substr(equals + 1);
  } else if (value.is_number()) {
    json[pointer_to(path)] = value;
  } else {
    throw UserError(where, "the value must be a number");
  }
}

}  // namespace

std::int64_t Arch::peak_macs_per_cycle(ElementType type) const {
  const bool has_one =
      type == ElementType::Fp16 || type == ElementType::Bf16 || type == ElementType::Int8;
  return has_one ? matrix.rows * matrix.cols : 0;
}

std::vector<std::string> built_in_archs() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(share_dir() + "/isa/arch", ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Arch load_arch(const std::string& path, const std::vector<std::string>& overrides) {
  const Source source = find_source(path, "", {});
  ordered_json json = read_patched(source, 0);
  for (const auto& text : overrides) set_value(json, text);

  const auto known = known_paths();
  std::vector<std::string> present;
  flatten(json, "", present);
  for (const auto& key : present) {
    if (key == "summary") continue;
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw UserError(source.shown + ": " + key, "unknown; known are " + list_of(known));
    }
  }
  Arch arch;
  if (json.contains("name") && json["name"].is_string())
    arch.name = json["name"].get<std::string>();
  if (!is_name(arch.name)) {
    throw UserError(source.shown + ": name",
                    "must be a name of letters, digits, \".\", \"_\" and \"-\"");
  }
  const Reader reader(json, source.shown);
  for_each_value(arch, [&](const std::string& key, auto& member, Range range) {
    reader.read(key, member, range);
  });
  check_together(arch, source.shown);
  arch.digest = digest_of(to_json(arch).dump());
  return arch;
}

namespace {
ordered_json value_of(std::int64_t value) { return value; }
ordered_json value_of(Cycles value) { return value.count; }
ordered_json value_of(double value) {
  if (value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}
}  // namespace

ordered_json to_json(const Arch& arch) {
  ordered_json json;
  json["name"] = arch.name;
  for_each_value(arch, [&](const std::string& path, const auto& member, Range) {
    json[pointer_to(path)] = value_of(member);
  });
  return json;
}

}  // namespace coldforge::isa
