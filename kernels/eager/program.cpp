#include "kernels/eager/program.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "sim/base/error.h"

namespace coldforge::kernels::eager {

Lane lane_of(ElementType type) { return is_float(type) ? Lane::Float : Lane::Int; }

const char* c_type_of(ElementType type) {
  constexpr const char* kNames[kElementTypes] = {"float",   "npu::f16", "npu::bf16", "npu::i8",
                                                 "npu::u8", "npu::i32", "npu::i64",  "bool"};
  return kNames[static_cast<int>(type)];
}

std::string literal(double value, Lane lane) {
  if (lane == Lane::Int) return fmt::format("{}", static_cast<std::int64_t>(value));
  if (std::isinf(value)) return value > 0 ? "npu::infinity" : "-npu::infinity";
  std::string text = fmt::format("{:.9g}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

int Program::input(const Access& access) {
  ProgramValue value;
  value.kind = ProgramValue::Kind::Input;
  value.lane = lane_of(access.type);
  values.push_back(value);
  inputs.push_back(access);
  input_values.push_back(static_cast<int>(values.size()) - 1);
  return input_values.back();
}

int Program::number(double number, Lane lane) {
  ProgramValue value;
  value.kind = ProgramValue::Kind::Number;
  value.lane = lane;
  value.number = number;
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

int Program::index(std::size_t dim) {
  ProgramValue value;
  value.kind = ProgramValue::Kind::Index;
  value.lane = Lane::Int;
  value.dim = dim;
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

int Program::map(const std::string& instruction, const std::vector<int>& args, Lane lane,
                 const std::vector<std::string>& immediates) {
  ProgramValue value;
  value.instruction = instruction;
  value.args = args;
  value.lane = lane;
  value.immediates = immediates;
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

int Program::binary(const std::string& op, int a, int b) {
  static const std::map<std::string, std::string> kMirrored = {
      {"add", "add"},       {"mul", "mul"},       {"min", "min"},       {"max", "max"},
      {"and", "and"},       {"or", "or"},         {"xor", "xor"},       {"cmp_eq", "cmp_eq"},
      {"cmp_ne", "cmp_ne"}, {"cmp_lt", "cmp_gt"}, {"cmp_le", "cmp_ge"}, {"cmp_gt", "cmp_lt"},
      {"cmp_ge", "cmp_le"}, {"sub", "rsub"},      {"div", "rdiv"}};
  const bool compares = op.compare(0, 4, "cmp_") == 0;
  const Lane result = compares ? Lane::Int : lane(a);
  const auto with_number = [&](const std::string& name, int value, double number) {
    const std::string instruction = compares ? "tcmps_" + name.substr(4) : "t" + name + "s";
    return map(instruction, {value}, result, {literal(number, lane(value))});
  };
  if (is_number(a) && is_number(b)) {
    a = map("texpands", {}, lane(a), {literal(number_of(a), lane(a))});
  }
  if (is_number(b)) {
    // A division by a number is a multiplication; the tolerance does not see the difference.
    if (op == "div" && lane(a) == Lane::Float) return with_number("mul", a, 1 / number_of(b));
    return with_number(op, a, number_of(b));
  }
  if (is_number(a)) {
    const auto mirrored = kMirrored.find(op);
    CF_CHECK(mirrored != kMirrored.end(), "no form of " + op + " with a number in front");
    return with_number(mirrored->second, b, number_of(a));
  }
  return map("t" + op, {a, b}, result);
}

int Program::select(int mask, int a, int b) {
  for (int* value : {&a, &b}) {
    if (!is_number(*value)) continue;
    const Lane type = lane(value == &a ? b : a);
    *value = map("texpands", {}, type, {literal(number_of(*value), type)});
  }
  return map("tsel", {mask, a, b}, lane(a));
}

int Program::reduce(const std::string& op, int a) {
  ProgramValue value;
  value.kind = ProgramValue::Kind::Reduce;
  value.instruction = op;
  value.args = {a};
  value.lane = op.compare(0, 3, "arg") == 0 ? Lane::Int : lane(a);
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

int Program::scan(const std::string& op, int a, bool reverse) {
  ProgramValue value;
  value.kind = ProgramValue::Kind::Scan;
  value.instruction = op;
  value.args = {a};
  value.lane = lane(a);
  value.number = reverse ? 1 : 0;
  values.push_back(value);
  return static_cast<int>(values.size()) - 1;
}

void Program::output(const Access& access, int value) { outputs.push_back({access, value}); }

}  // namespace coldforge::kernels::eager
