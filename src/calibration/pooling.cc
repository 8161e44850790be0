#include "calibration/pooling.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace scinet {
namespace {

constexpr double kLeastVariance = 1e-12;

class AdditiveTable {
 public:
  AdditiveTable(std::span<const TableCell> cells, double tau_squared) : cells_(cells) {
    for (const TableCell& cell : cells) {
      rows_.resize(std::max(rows_.size(), cell.row + 1));
      columns_.resize(std::max(columns_.size(), cell.column + 1));
      weights_.push_back(1.0 / std::max(cell.error * cell.error + tau_squared, kLeastVariance));
    }
    // Backfitting: the weighted least squares of an additive table.
    constexpr int kSweeps = 500;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      if (improve(rows_, &TableCell::row) + improve(columns_, &TableCell::column) < 1e-12) break;
    }
  }

  double at(const TableCell& cell) const { return rows_[cell.row] + columns_[cell.column]; }

  double weighted_squares() const {
    double sum = 0.0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      sum += weights_[i] * std::pow(cells_[i].estimate - at(cells_[i]), 2.0);
    }
    return sum;
  }

  std::size_t parameters() const { return used(&TableCell::row) + used(&TableCell::column) - 1; }

 private:
  double improve(std::vector<double>& effects, std::size_t TableCell::*place) {
    std::vector<double> residuals(effects.size(), 0.0);
    std::vector<double> weights(effects.size(), 0.0);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      residuals[cells_[i].*place] += weights_[i] * (cells_[i].estimate - at(cells_[i]));
      weights[cells_[i].*place] += weights_[i];
    }
    double largest = 0.0;
    for (std::size_t e = 0; e < effects.size(); ++e) {
      if (weights[e] == 0.0) continue;
      effects[e] += residuals[e] / weights[e];
      largest = std::max(largest, std::abs(residuals[e] / weights[e]));
    }
    return largest;
  }

  std::size_t used(std::size_t TableCell::*place) const {
    std::set<std::size_t> places;
    for (const TableCell& cell : cells_) places.insert(cell.*place);
    return places.size();
  }

  std::span<const TableCell> cells_;
  std::vector<double> weights_;
  std::vector<double> rows_;
  std::vector<double> columns_;
};

// Where the weighted squares are what their degrees of freedom let expect; they fall with tau.
double find_tau_squared(std::span<const TableCell> cells, double degrees) {
  double low = 0.0;
  double high = 1.0;
  if (AdditiveTable(cells, low).weighted_squares() <= degrees) return 0.0;
  while (AdditiveTable(cells, high).weighted_squares() > degrees) high *= 4.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2.0;
    (AdditiveTable(cells, middle).weighted_squares() > degrees ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

}  // namespace

PooledTable pool(std::span<const TableCell> cells) {
  PooledTable pooled;
  for (const TableCell& cell : cells) pooled.values.push_back(cell.estimate);
  if (cells.empty()) return pooled;
  const std::size_t parameters = AdditiveTable(cells, 1.0).parameters();
  if (cells.size() <= parameters) return pooled;

  const double tau_squared =
      find_tau_squared(cells, static_cast<double>(cells.size() - parameters));
  const AdditiveTable table(cells, tau_squared);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double error_squared = cells[i].error * cells[i].error;
    if (error_squared == 0.0) continue;
    const double weight = tau_squared / (tau_squared + error_squared);
    pooled.values[i] = weight * cells[i].estimate + (1.0 - weight) * table.at(cells[i]);
  }
  pooled.tau = std::sqrt(tau_squared);
  return pooled;
}

}  // namespace scinet
