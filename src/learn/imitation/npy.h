// Arrays of numbers in NumPy's file format, version 1.0, so that what was learned from can be
// looked at: numpy.load("hosts.npy").
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace scinet {

// Two dimensions, row by row.
template <class Number>  // float or std::int32_t
struct NpyArray {
  std::size_t columns = 1;
  std::vector<Number> numbers;

  friend bool operator==(const NpyArray&, const NpyArray&) = default;
};

// kUnavailable when the file cannot be written.
template <class Number>
Status write_npy(const std::filesystem::path& file, const NpyArray<Number>& array);

// kNotFound, or kInvalidInput naming what is wrong: no such array, other numbers, other columns, an
// end too early.
template <class Number>
Result<NpyArray<Number>> read_npy(const std::filesystem::path& file, std::size_t columns);

}  // namespace scinet
