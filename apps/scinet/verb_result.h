// How every verb ends: what its exit code says, and the choice between text and JSON.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/result.h"

namespace scinet {

// 2 where the user must change what was given, 1 where the task failed.
inline int exit_code_of(const Error& error) {
  const bool is_users = error.code == ErrorCode::kInvalidInput ||
                        error.code == ErrorCode::kNotFound || error.code == ErrorCode::kTooLarge;
  return is_users ? 2 : 1;
}

// Says it on stderr and returns the exit code.
inline int report_error(const Error& error) {
  fmt::print(stderr, "scinet: {}\n", error.message);
  return exit_code_of(error);
}

// Adds -o,--output text|json.
inline void add_output_option(CLI::App& verb, std::string& format) {
  verb.add_option("-o,--output", format, "How the result is printed")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
}

}  // namespace scinet
