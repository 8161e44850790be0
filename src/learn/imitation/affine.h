// Products of small matrices with kWidth columns, which is where a decision spends its time. Each
// column is summed in the same order whatever the width of a register, so all machines get the same
// bits.
#pragma once

#include <cstddef>

namespace scinet {

inline constexpr std::size_t kAffineWidth = 32;

// y += x w for `rows` rows: x is [rows, inner], w [inner, kAffineWidth], y [rows, kAffineWidth],
// all row by row.
void add_product(const float* x, std::size_t rows, std::size_t inner, const float* w, float* y);

}  // namespace scinet
