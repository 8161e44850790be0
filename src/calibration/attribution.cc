#include "calibration/attribution.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

double expected(const MeasuredSum& sum, const std::vector<double>& values) {
  double total = 0.0;
  for (const auto& [cause, amount] : sum.shares) total += amount * values[cause];
  return total;
}

}  // namespace

Attribution attribute(const std::vector<MeasuredSum>& sums, std::size_t causes) {
  std::vector<double> amounts(causes, 0.0);
  double observed = 0.0;
  for (const MeasuredSum& sum : sums) {
    for (const auto& [cause, amount] : sum.shares) amounts[cause] += amount;
    if (!sum.shares.empty()) observed += sum.observed;
  }
  Attribution result{std::vector<double>(causes, 0.0), std::vector<double>(causes, 0.0)};
  double all_amounts = 0.0;
  for (const double amount : amounts) all_amounts += amount;
  if (all_amounts <= 0.0 || observed <= 0.0) return result;
  for (std::size_t j = 0; j < causes; ++j) {
    if (amounts[j] > 0.0) result.values[j] = observed / all_amounts;
  }

  constexpr int kMostSteps = 3000;
  for (int step = 0; step < kMostSteps; ++step) {
    std::vector<double> explained(causes, 0.0);
    for (const MeasuredSum& sum : sums) {
      const double total = expected(sum, result.values);
      if (total <= 0.0) continue;
      for (const auto& [cause, amount] : sum.shares) {
        explained[cause] += amount * sum.observed / total;
      }
    }
    double largest = 0.0;
    for (std::size_t j = 0; j < causes; ++j) {
      if (amounts[j] <= 0.0) continue;
      const double factor = explained[j] / amounts[j];
      result.values[j] *= factor;
      if (result.values[j] > 1e-9) largest = std::max(largest, std::abs(factor - 1.0));
    }
    if (largest < 1e-9) break;
  }

  std::vector<double> information(causes, 0.0);
  double pearson = 0.0;
  double degrees = -static_cast<double>(causes);
  for (const MeasuredSum& sum : sums) {
    const double total = expected(sum, result.values);
    if (total <= 0.0) continue;
    pearson += std::pow(sum.observed - total, 2.0) / total;
    degrees += 1.0;
    for (const auto& [cause, amount] : sum.shares) information[cause] += amount * amount / total;
  }
  const double dispersion = degrees > 0.0 ? pearson / degrees : 0.0;
  for (std::size_t j = 0; j < causes; ++j) {
    if (information[j] > 0.0) result.errors[j] = std::sqrt(dispersion / information[j]);
  }
  return result;
}

}  // namespace scinet
