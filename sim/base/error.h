#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace coldforge {

/// Something the user can repair: a file, an option, a description. Caught in `main` only; one
/// line, exit code 2.
///
///   where    file, option or object, most general first: "isa/arch/edge.json: vec.banks = 3"
///   problem  what is wrong and what would be right: "must be a power of two"
class UserError : public std::runtime_error {
 public:
  UserError(std::string_view where, std::string_view problem)
      : std::runtime_error(std::string(where) + ": " + std::string(problem)) {}
};

/// Our own mistake, found by CF_CHECK. Caught in `main` only; exit code 3.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// The machine let us down (disk full, fork failed, a tool died by signal): says nothing about the
/// input and is never stored as a verdict. Caught where work can be retried, else in `main` (exit
/// code 1).
class InfrastructureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition,
                                      std::string_view message) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + condition + ": " +
                      std::string(message));
}

/// An invariant of ours; a violation is a bug in Coldforge, never bad input.
#define CF_CHECK(condition, message)                                                      \
  do {                                                                                    \
    if (!(condition)) ::coldforge::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (false)

}  // namespace coldforge
