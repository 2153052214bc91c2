#pragma once

#include <string>
#include <vector>

#include "agent/generator/plan/group.h"

namespace coldforge::agent {

/// Makes operation nodes of a group, simplified: constants folded and gathered, and, where a hole
/// says so, rewritten by identities of real numbers. Which form is faster, or exact enough, is not
/// known here.
class Algebra {
 public:
  Algebra(Group& group, Chooser& chooser) : group_(group), chooser_(chooser) {}

  int op(const std::string& name, std::vector<int> args);

 private:
  const Value& value(int v) const { return group_.values[static_cast<std::size_t>(v)]; }
  bool is_constant(int v) const { return value(v).kind == Value::Kind::Constant; }
  bool is_constant(int v, double number) const {
    return is_constant(v) && value(v).number == number;
  }
  bool is_op(int v, const char* name) const {
    return value(v).kind == Value::Kind::Op && value(v).op == name;
  }
  int arg(int v, std::size_t i) const { return value(v).args[i]; }
  int number(double n) { return group_.constant(n, false); }
  int raw(const std::string& name, const std::vector<int>& args);
  bool says(const std::string& hole, const std::string& yes, const std::string& no);
  int sum(int a, int b);
  int product(int a, int b);
  int scaled(int a, double factor);
  int quotient(int a, int b);
  bool factors(int v, std::vector<int>& list, double& constant) const;
  int without_common_factor(int a, int b);
  bool is_smaller(int a, int than) const;

  Group& group_;
  Chooser& chooser_;
};

}  // namespace coldforge::agent
