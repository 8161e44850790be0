// The IDX format of the MNIST family of data sets: a big-endian header, then one unsigned byte
// per element. Files may be compressed with gzip.
// Source: the format section of Yann LeCun's MNIST page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

struct IdxArray {
  std::vector<std::size_t> shape;    // outermost dimension first, e.g. {60000, 28, 28}
  std::vector<std::uint8_t> values;  // product of the shape, last dimension fastest

  friend bool operator==(const IdxArray&, const IdxArray&) = default;
};

// No array may hold more than this, so that a damaged header or a gzip bomb costs little.
inline constexpr std::size_t kMostIdxValues = std::size_t{1} << 28;

// `name` stands for the bytes in messages. kInvalidInput when they are damaged or of another
// element type, kTooLarge beyond kMostIdxValues.
Result<IdxArray> parse_idx(std::string_view bytes, std::string_view name);

// Plain or gzip. kNotFound when there is no such file, else as parse_idx.
Result<IdxArray> read_idx(const std::filesystem::path& file);

}  // namespace scinet
