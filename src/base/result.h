// A value or the reason there is none. For failures that come from outside the
// program (files, network, users); broken expectations use ensure() instead.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace scinet {

// What a caller can do about a failure. Programs turn it into an exit code, servers into a status.
enum class ErrorCode {
  kInvalidInput,  // the caller must change what it sent
  kNotFound,      // no such name, file or host
  kTooLarge,      // within the rules but over a limit
  kUnavailable,   // may work later or elsewhere
  kInternal,      // a defect on this side
};

struct Error {
  ErrorCode code;
  std::string message;  // one sentence: what was found, where, and what would have worked
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  const T& value() const& { return std::get<T>(state_); }
  T& value() & { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<std::monostate>;
inline Status ok_status() { return std::monostate{}; }

}  // namespace scinet
