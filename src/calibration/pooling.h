// Small samples lend each other strength: the estimate of a cell of a two-way table is drawn
// towards what its row and its column say, the more the less its own data say.
//
// The area-level model of Fay and Herriot (J. American Statistical Association 74(366), 1979):
//   estimate = truth + e,   e ~ N(0, error^2), known
//   truth = row + column + u,   u ~ N(0, tau^2)
// with tau^2 by their moment equation. The truth is predicted by
//   w estimate + (1 - w) (row + column),   w = tau^2 / (tau^2 + error^2).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace scinet {

struct TableCell {
  std::size_t row = 0;
  std::size_t column = 0;
  double estimate = 0.0;
  double error = 0.0;  // standard error of the estimate; 0: it is exact, and stays
};

struct PooledTable {
  std::vector<double> values;  // one per cell, in their order
  double tau = 0.0;            // how much cells differ from row + column
};

// With no more cells than rows and columns explain, every cell keeps its estimate.
PooledTable pool(std::span<const TableCell> cells);

}  // namespace scinet
