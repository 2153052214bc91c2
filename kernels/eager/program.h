#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/element_type.h"

namespace coldforge::kernels::eager {

/// What the lanes of a tile hold. Narrower types are converted on load and store.
enum class Lane { Float, Int };
Lane lane_of(ElementType type);
/// The type in C++: "npu::f16".
const char* c_type_of(ElementType type);

/// A tensor in DRAM, seen from an iteration space: element (i0, i1, ...) lies at
/// offset + sum(i * stride).
struct Access {
  std::string base;  ///< a C++ expression of type npu::Dram: "args.x"
  ElementType type = ElementType::Fp32;
  std::int64_t elements = 0;  ///< of the whole tensor
  std::int64_t offset = 0;    ///< in elements
  std::vector<std::int64_t> strides;
};

/// One value of a program.
struct ProgramValue {
  enum class Kind { Input, Number, Index, Map, Reduce, Scan } kind = Kind::Map;
  Lane lane = Lane::Float;
  std::string instruction;              ///< Map: "tadd"; Reduce: "sum", "argmax"; Scan: "add.x"
  std::vector<int> args;                ///< values
  std::vector<std::string> immediates;  ///< C++ literals behind the arguments
  double number = 0;                    ///< of a Number
  std::size_t dim = 0;                  ///< of an Index: whose coordinate
};

/// What a node computes at each point of an iteration space, as a straight line of vector
/// instructions. A value that depends on no varying input is computed on as few elements as it has.
class Program {
 public:
  int input(const Access& access);
  int number(double value, Lane lane = Lane::Float);
  /// The coordinate along a dimension of the iteration space, as int32.
  int index(std::size_t dim);
  /// An instruction by name on values; the result has the given lanes.
  int map(const std::string& instruction, const std::vector<int>& args, Lane lane,
          const std::vector<std::string>& immediates = {});
  int unary(const std::string& instruction, int a) { return map(instruction, {a}, lane(a)); }
  /// add, sub, mul, div, min, max, and, or, xor, cmp_eq, ...: picks the form with a number if one
  /// operand is one.
  int binary(const std::string& op, int a, int b);
  int select(int mask, int a, int b);
  /// Over all reduced dimensions: sum, max, min, argmax, argmin.
  int reduce(const std::string& op, int a);
  /// Down the only reduced dimension: "add", "mul", "add_x".
  int scan(const std::string& op, int a, bool reverse);
  void output(const Access& access, int value);

  Lane lane(int value) const { return values[static_cast<std::size_t>(value)].lane; }
  bool is_number(int value) const {
    return values[static_cast<std::size_t>(value)].kind == ProgramValue::Kind::Number;
  }
  double number_of(int value) const { return values[static_cast<std::size_t>(value)].number; }

  struct Output {
    Access access;
    int value = 0;
  };
  std::vector<ProgramValue> values;  ///< each behind its arguments
  std::vector<Access> inputs;        ///< of the Input values, by order
  std::vector<int> input_values;
  std::vector<Output> outputs;
  std::vector<std::int64_t> extents;  ///< of the iteration space
  std::vector<bool> reduced;          ///< dimensions that Reduce and Scan run along
};

/// A number as a C++ literal of the lane type.
std::string literal(double value, Lane lane);

}  // namespace coldforge::kernels::eager
