// Outputs of fragments that stay with the worker that made them, until those who need them have
// fetched them. Bounded in bytes and in time, so that a platform that died leaves nothing behind
// for ever. Not thread-safe: the loop's thread uses it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace scinet {

// Bytes that several requests read at once.
using SharedBytes = std::shared_ptr<const std::string>;

// Letters, digits and '-', 1 to 64 of them.
bool is_output_id(std::string_view id);

class KeptOutputs {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // At most `limit` bytes, each output for at most `lifetime`.
  KeptOutputs(std::size_t limit, Seconds lifetime) : limit_(limit), lifetime_(lifetime) {}

  // Replaces one of the same id. False where there is no room.
  bool keep(const std::string& id, SharedBytes bytes, Time now);
  SharedBytes find(std::string_view id) const;  // nullptr: there is none
  bool drop(std::string_view id);               // false: there was none
  void expire(Time now);

  std::size_t count() const { return outputs_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t limit() const { return limit_; }
  // Whether not even an empty output has room.
  bool full() const;

 private:
  struct Output {
    SharedBytes bytes;
    Time since;
  };
  using Outputs = std::map<std::string, Output, std::less<>>;
  void erase(Outputs::iterator output);

  std::size_t limit_;
  Seconds lifetime_;
  std::size_t bytes_ = 0;
  Outputs outputs_;
};

}  // namespace scinet
