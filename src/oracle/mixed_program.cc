#include "oracle/mixed_program.h"

#include <algorithm>

#include <coin/CbcModel.hpp>
#include <coin/CoinPackedMatrix.hpp>
#include <coin/OsiClpSolverInterface.hpp>

namespace scinet {

MixedProgram::Variable MixedProgram::add_number(double low, double high, double cost) {
  lows_.push_back(low);
  highs_.push_back(high);
  costs_.push_back(cost);
  return static_cast<Variable>(costs_.size()) - 1;
}

MixedProgram::Variable MixedProgram::add_integer(double low, double high, double cost) {
  integers_.push_back(add_number(low, high, cost));
  return integers_.back();
}

void MixedProgram::require(double low, std::span<const Term> terms, double high) {
  rows_.push_back({low, high, {terms.begin(), terms.end()}});
}

double MixedProgram::least_cost(int most_nodes) const {
  CoinPackedMatrix matrix(false, 0.0, 0.0);
  matrix.setDimensions(0, static_cast<int>(costs_.size()));
  std::vector<double> row_lows;
  std::vector<double> row_highs;
  for (const Row& row : rows_) {
    std::vector<int> columns;
    std::vector<double> factors;
    for (const auto& [factor, variable] : row.terms) {
      columns.push_back(variable);
      factors.push_back(factor);
    }
    matrix.appendRow(static_cast<int>(columns.size()), columns.data(), factors.data());
    row_lows.push_back(std::max(row.low, -COIN_DBL_MAX));
    row_highs.push_back(std::min(row.high, COIN_DBL_MAX));
  }
  OsiClpSolverInterface solver;
  solver.messageHandler()->setLogLevel(0);
  solver.getModelPtr()->setLogLevel(0);
  solver.loadProblem(matrix, lows_.data(), highs_.data(), costs_.data(), row_lows.data(),
                     row_highs.data());
  if (!integers_.empty()) {
    solver.setInteger(integers_.data(), static_cast<int>(integers_.size()));
  }
  solver.initialSolve();
  if (solver.isProvenPrimalInfeasible()) return kUnbounded;
  const double relaxed = solver.getObjValue();
  if (most_nodes <= 0 || integers_.empty()) return relaxed;

  CbcModel search(solver);
  search.setLogLevel(0);
  search.solver()->messageHandler()->setLogLevel(0);
  search.setMaximumNodes(most_nodes);
  search.branchAndBound();
  if (search.isProvenInfeasible()) return kUnbounded;
  return std::max(relaxed, search.getBestPossibleObjValue());
}

}  // namespace scinet
