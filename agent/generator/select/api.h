#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "isa/isa.h"

namespace coldforge::agent {

/// An expression of an instruction, as its item says it.
struct Pattern {
  enum class Kind : std::uint8_t { Operand, Constant, Op } kind = Kind::Op;
  int operand = -1;
  double number = 0;
  std::string op;
  std::vector<Pattern> args;
};

/// An instruction as its API item describes it. What it is called is known to `call` alone.
struct Api {
  struct Operand {
    std::string name;
    isa::OperandKind kind = isa::OperandKind::X;
    bool read = false, written = false;
    std::uint8_t memories = 0;  ///< bit per isa::Memory
    std::uint8_t types = 0;     ///< bit per ElementType
    std::string same_type_as;
    bool broadcast = false;
  };
  struct Result {
    int operand = -1;
    Pattern value;
    std::string reduce;      ///< operation, "" if none
    bool along_row = false;  ///< one element a row is left ("cols"); else one a column
    bool scan = false, exclusive = false;
  };
  std::string item;  ///< ContextItem::id
  isa::Unit unit = isa::Unit::Scalar;
  std::string timing;
  int sfu_operations = 0;  ///< special functions an element
  std::vector<Operand> operands;
  std::vector<Result> results;
  std::vector<std::string> legal;  ///< texts of its rules
  std::string call;                ///< "npu::name(dst, a, b)"

  int find(const std::string& operand) const;
  /// The call with operands replaced by C++ expressions, in operand order.
  std::string text(const std::vector<std::string>& arguments) const;
};

/// The instructions of a context. Built-in ones are found by what they take and do, never by name.
class ApiSet {
 public:
  explicit ApiSet(const std::vector<ContextItem>& context);

  const std::vector<Api>& all() const { return apis_; }
  const Api* load() const;                 ///< DRAM view to tile
  const Api* store() const;                ///< tile to DRAM view
  const Api* copy(bool transposed) const;  ///< move engine, tile to tile
  const Api* copy_view() const;  ///< move engine, elements of a tile in the order of a view
  const Api* multiply(bool accumulating) const;  ///< matrix engine
  const Api* transpose() const;                  ///< vector engine
  const Api* fill() const;                       ///< one number into every element
  const Api* number() const;                     ///< row and column indices into a tile
  /// Whether an instruction writes every prefix along the rows, or down the columns.
  bool scans(const std::string& op, bool exclusive, bool along_row) const;
  /// What a kernel cannot do without; empty if all is there: "no instruction loads".
  std::string missing() const;

 private:
  const Api* find_timing(const char* timing) const;
  std::vector<Api> apis_;
};

/// Bit of a memory or type in a mask.
constexpr std::uint8_t bit(isa::Memory memory) {
  return static_cast<std::uint8_t>(1u << static_cast<int>(memory));
}
constexpr std::uint8_t bit(ElementType type) {
  return static_cast<std::uint8_t>(1u << static_cast<int>(type));
}

}  // namespace coldforge::agent
