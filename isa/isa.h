#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/arch.h"
#include "isa/element_type.h"

namespace coldforge::isa {

/// Who executes an instruction. Scalar instructions write descriptors or synchronise; the others go
/// through the queue of their engine. The order is the numbering of engines in masks (bit 0 =
/// scalar) and traces.
enum class Unit : std::uint8_t { Scalar, Load, Store, Move, Matrix, Vector };
inline constexpr int kUnits = 6;
std::string_view name_of(Unit unit);  // "scalar", "load", ...

/// Tile memories, numbered as a tile descriptor encodes them.
enum class Memory : std::uint8_t { Vec, Left, Right, Acc };
inline constexpr int kMemories = 4;
std::string_view name_of(Memory memory);  // "Vec", ...

enum class Field : std::uint8_t { Rd, Rs1, Rs2, Rs3 };
enum class OperandKind : std::uint8_t { Tile, View, X };
enum class Access : std::uint8_t { Read, Write, ReadWrite };
std::string_view name_of(Field field);       // "rd", "rs1", "rs2", "rs3"
std::string_view name_of(OperandKind kind);  // "tile", "view", "x"
std::string_view name_of(Access access);     // "read", "write", "read_write"

/// One operand of an instruction.
struct Operand {
  std::string name;
  Field field = Field::Rd;
  OperandKind kind = OperandKind::X;
  Access access = Access::Read;
  /// Tile: a bit for each Memory that may hold it.
  std::uint8_t memories = 0;
  /// Tile, view: a bit for each ElementType. X: the lane types it may be read as (fp32, int32), or
  /// 0 for a plain integer.
  std::uint8_t types = 0;
  /// Index of the operand whose element type this one must have, or -1.
  int same_type_as = -1;
  /// Tile source: extent 1 in a dimension stands for the result's extent there.
  bool broadcast = false;
  std::string summary;
};

/// One node of an expression: a lane operation over earlier nodes, an operand or a constant. Nodes
/// are in evaluation order; equal values are one node.
struct ExprNode {
  enum class Kind : std::uint8_t { Operand, Constant, Op } kind = Kind::Op;
  int operand = -1;       ///< Kind::Operand: index into Instruction::operands
  double constant = 0;    ///< Kind::Constant; converted to the lane type
  std::string op;         ///< Kind::Op: name of an Operation ("add", "fma", "exp")
  std::vector<int> args;  ///< Kind::Op: node indices
};

/// A result of an instruction said in the expression language: `dst = expr`, or a reduction of it.
struct Result {
  int operand = -1;             ///< index of the written operand
  std::vector<ExprNode> nodes;  ///< the last one is the value
  std::string text;             ///< as the description says it, "add(mul(a, b), c)"
  struct Reduce {
    std::string op;          ///< "add", "mul", "max", "min", "argmax", "argmin"; "" if none
    std::string axis;        ///< "cols" (row reduce: one element a row) or "rows" (column reduce)
    bool scan = false;       ///< every prefix is written, not only the last
    bool exclusive = false;  ///< scan: the prefix without the element itself
  } reduce;

  /// One element instead of a row or column; a scan keeps all.
  bool is_reduced() const { return !reduce.op.empty() && !reduce.scan; }
};

/// A rule of legality: a boolean expression over operand attributes, compiled to a postfix program
/// for evaluation at issue. Truth values are 1 and 0; no more than 32 values stand on the stack.
struct LegalRule {
  enum class StepKind : std::uint8_t {
    Attribute,
    Constant,
    Add,
    Sub,
    Mul,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Not
  };
  /// Type and Memory read as the number of their enumerator, Value as a signed x-register.
  enum class Attribute : std::uint8_t {
    Rows,
    Cols,
    RowStride,
    ColStride,
    Type,
    Memory,
    Value,
    Elems,
    Levels
  };
  struct Step {
    using Kind = StepKind;
    using Attr = Attribute;
    Kind kind = Kind::Constant;
    std::int64_t constant = 0;
    int operand = -1;  ///< Kind::Attribute
    Attr attribute = Attr::Rows;
  };
  std::string name;  ///< key in the description: "inner"
  std::string text;  ///< "a.cols == b.rows"
  std::vector<Step> program;
};

/// An operation of the lane vocabulary (isa/spec/operations.json).
struct Operation {
  std::string name;  ///< "add"
  int arity = 0;
  /// How the types of arguments and result relate: "lane" (all fp32 or all int32), "compare"
  /// (alike, gives int32), "select" (int32 mask, then alike), "to_fp32", "to_int32".
  std::string types;
  /// Lane type of the arguments ("fp32", "int32") to lane operation of sim/exec/numerics
  /// ("add.f32"). "to_fp32" and "to_int32" pass a lane that has the type already.
  std::map<std::string, std::string> functions;
  /// The same in SystemVerilog: a function of a package of rtl/ ("cf_op_pkg::add"). If it serves
  /// several lane operations, its first argument says which (cf_fn_pkg::fn_e).
  std::string sv_function;
  Cycles latency;  ///< pipeline stages
  /// Done by the SFU: a beat takes lanes / sfu_elems_per_cycle cycles for each such node.
  bool sfu = false;
  std::string area_class;
  std::string special_values;
  std::string summary;
};

/// One instruction, all facts about it.
struct Instruction {
  std::string name;   ///< mnemonic
  int id = 0;         ///< index in Isa::instructions()
  std::string group;  ///< spec file it stands in ("matrix"); "overlay" for what an overlay adds
  std::string summary;
  std::string prose;  ///< longer text of the manual; may be empty
  Unit unit = Unit::Scalar;
  std::uint32_t match = 0;  ///< fixed bits
  std::uint32_t mask = 0;   ///< which bits are fixed
  bool r4 = false;          ///< four operand fields
  std::vector<Operand> operands;
  std::vector<LegalRule> legal;
  std::vector<Result> results;  ///< empty if `exec` says what it does
  /// Built-in semantics (sim/exec/<exec>): "tload", "tmatmul", ...; empty for expressions.
  std::string exec;
  /// Timing class: "config", "sync", "load", "store", "move", "matmul", "elementwise", "fill",
  /// "row_reduce", "col_reduce", "scan", "transpose", "gather", "gets".
  std::string timing;
  Cycles stated_latency;  ///< 0 = follows from the expression
  /// `results`: the operand whose rows and cols are the extents of the iteration; else -1.
  int domain = -1;

  int find_operand(std::string_view operand_name) const;  ///< -1 if there is none
};

class Isa;
/// Longest path through the operations of all results, in cycles: the part of an instruction's
/// latency that its expression causes; at least the stated latency. Reductions and scans are the
/// timing class's business.
Cycles expression_latency(const Isa& isa, const Instruction& instruction);
/// Distinct SFU operations of an instruction (a value shared by two results counts once): each
/// makes a beat take lanes / sfu_elems_per_cycle cycles more (in sum, at least 1).
int sfu_nodes(const Isa& isa, const Instruction& instruction);

/// The instruction set: built-in description plus overlays.
class Isa {
 public:
  /// Loads isa/spec/*.json, applies the overlays in order and proves: every bit used once, no two
  /// encodings overlap, names resolve, expressions and rules type-check.
  ///
  ///   overlays  JSON Merge Patch files of {"instructions": {...}, "operations": {...}}, or names
  ///   of
  ///             built-in ones (isa/overlays)
  /// Throws UserError(file: entry, problem).
  static Isa load(const std::vector<std::string>& overlays = {});
  /// The same from one document {"operations": {...}, "instructions": {...}}; `where` names it.
  static Isa from_json(const nlohmann::ordered_json& merged, const std::string& where);

  /// Sorted by group, then name.
  const std::vector<Instruction>& instructions() const { return instructions_; }
  const std::vector<Operation>& operations() const { return operations_; }  ///< sorted by name
  const Instruction* find(std::string_view name) const;
  const Operation* find_operation(std::string_view name) const;
  /// nullptr if the word is no tile instruction. O(1).
  const Instruction* decode(std::uint32_t word) const;
  const std::string& digest() const { return digest_; }  ///< SHA-256 of the merged description
  const std::vector<std::string>& overlays() const { return overlays_; }

 private:
  /// `origins`: file of each entry ("instructions/tadd"), for errors; `where` names the others.
  static Isa build(const nlohmann::ordered_json& merged,
                   const std::map<std::string, std::string>& origins, const std::string& where);

  std::vector<Instruction> instructions_;
  std::vector<Operation> operations_;
  std::vector<std::int16_t> decode_table_;  ///< [opcode 2 bits][funct3][funct7] -> id or -1
  std::string digest_;
  std::vector<std::string> overlays_;
};

/// Register number in a field of a word.
constexpr std::uint32_t field_value(std::uint32_t word, Field field) {
  constexpr int kShift[] = {7, 15, 20, 27};
  return word >> kShift[static_cast<int>(field)] & 31;
}

/// The word of an instruction with register numbers in operand order; throws UserError for a wrong
/// count or a number out of range (0..31; view 0..7).
std::uint32_t encode(const Instruction& instruction, const std::vector<int>& registers);

/// The word of "tadd t3, t1, t2": mnemonic, then operands in order: t0..t31, v0..v7, x0..x31.
/// Throws UserError(text, problem).
std::uint32_t assemble(const Isa& isa, const std::string& text);

/// "tadd t3, t1, t2"; RV32IM/Zicsr words are disassembled too, others give ".word 0x...".
std::string disassemble(const Isa& isa, std::uint32_t word, std::uint32_t pc = 0);

/// Folder of the built-in data, laid out like the source tree (isa/spec, kernels/lib, ...):
/// environment COLDFORGE_SHARE, else beside the program (installed: ../share/coldforge), else the
/// source tree it was built from.
std::string share_dir();

}  // namespace coldforge::isa
