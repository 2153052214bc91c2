#pragma once

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::isa {

/// A description of three operations and one instruction, for tests to patch: `tadd` adds, `tsum`
/// is absent.
inline nlohmann::ordered_json small_description() {
  return nlohmann::ordered_json::parse(R"~({
    "operations": {
      "add": { "summary": "a + b", "arity": 2, "types": "lane", "functions": { "fp32": "add.f32", "int32": "add.i32" },
               "sv_function": "cf_op_pkg::add", "latency_cycles": 3, "sfu": false, "area_class": "fp_add", "special_values": "None." },
      "and": { "summary": "Bitwise and.", "arity": 2, "types": "lane", "functions": { "int32": "and.i32" },
               "sv_function": "cf_op_pkg::alu", "latency_cycles": 1, "sfu": false, "area_class": "alu", "special_values": "None." },
      "lt": { "summary": "a < b", "arity": 2, "types": "compare", "functions": { "fp32": "lt.f32", "int32": "lt.i32" },
               "sv_function": "cf_op_pkg::compare", "latency_cycles": 1, "sfu": false, "area_class": "alu", "special_values": "None." },
      "to_fp32": { "summary": "As fp32.", "arity": 1, "types": "to_fp32", "functions": { "int32": "cvt.f32.i32" },
               "sv_function": "cf_op_pkg::from_int", "latency_cycles": 2, "sfu": false, "area_class": "cvt", "special_values": "None." },
      "exp": { "summary": "e^a", "arity": 1, "types": "lane", "functions": { "fp32": "exp.f32" },
               "sv_function": "cf_sfu_fn_pkg::exp", "latency_cycles": 8, "sfu": true, "area_class": "sfu", "special_values": "None." } },
    "instructions": {
      "tadd": {
        "summary": "Add.", "unit": "vector", "match": { "opcode": "custom-0", "funct3": 3, "funct7": 0 },
        "operands": {
          "dst": { "field": "rd", "kind": "tile", "memory": "Vec", "access": "write", "types": "fp32|int32" },
          "a": { "field": "rs1", "kind": "tile", "memory": "Vec", "types": "fp32|int32", "same_type_as": "dst", "broadcast": true },
          "b": { "field": "rs2", "kind": "tile", "memory": "Vec", "types": "fp32|int32", "same_type_as": "dst", "broadcast": true } },
        "results": { "dst": "add(a, b)" },
        "timing": "elementwise" } } })~");
}

/// The small description after a merge patch.
inline Isa patched(const std::string& patch) {
  auto description = small_description();
  description.merge_patch(nlohmann::ordered_json::parse(patch));
  return Isa::from_json(description, "spec");
}

/// What a UserError of `f` says; empty if it throws none.
template <typename F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

inline std::string error_of_patch(const std::string& patch) {
  return error_of([&] { patched(patch); });
}

/// A folder that is removed again.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "coldforge_isa_XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) throw InfrastructureError("no temporary folder");
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content) const {
    const std::string path = path_ + "/" + name;
    write_file_atomic(path, content);
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace coldforge::isa
