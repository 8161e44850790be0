// Whether two outputs of one fragment say the same. A model that runs several inputs at once adds
// in another order, so its last digits may differ.
#pragma once

#include <string_view>

namespace scinet {

// Answers have four decimals: two that are nearly the same may differ in the last of them.
inline constexpr double kLastDecimal = 1.5e-4;

// Tensor messages and JSON with numbers that differ by no more than `tolerance` (of numbers beyond
// 1: by no more than this share), all else alike; other bytes to the last.
bool same_output(std::string_view a, std::string_view b, double tolerance = 1e-5);

}  // namespace scinet
