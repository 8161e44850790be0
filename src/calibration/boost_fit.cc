#include "calibration/boost_fit.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

double deviation(std::span<const LoneRun> runs, const Boost& boost) {
  double sum = 0.0;
  for (const LoneRun& run : runs) sum += std::abs(std::log(run.wall / wall_of(run.cpu, boost)));
  return sum;
}

struct Candidate {
  Boost boost;
  double deviation = 0.0;
};

// The best of a grid of 2 n + 1 values each, in steps of a factor.
Candidate best_around(std::span<const LoneRun> runs, const Boost& middle, double factor_step,
                      double saved_step, int n) {
  Candidate best{middle, deviation(runs, middle)};
  for (int i = -n; i <= n; ++i) {
    for (int j = -n; j <= n; ++j) {
      const Boost boost{std::max(middle.factor * std::pow(factor_step, i), 1.0),
                        middle.saved * std::pow(saved_step, j)};
      const double found = deviation(runs, boost);
      if (found < best.deviation) best = {boost, found};
    }
  }
  return best;
}

}  // namespace

double wall_of(double cpu, const Boost& boost) {
  return std::max(cpu / boost.factor, cpu - boost.saved);
}

// Where cpu / factor and cpu - saved are the same.
double exhaustion_of(const Boost& boost) { return boost.saved / (boost.factor - 1.0); }

std::optional<Boost> fit_boost(std::span<const LoneRun> runs) {
  constexpr std::size_t kLeastRuns = 20;
  constexpr double kLeastGain = 0.2;
  if (runs.size() < kLeastRuns) return std::nullopt;
  double longest = 0.0;
  for (const LoneRun& run : runs) longest = std::max(longest, run.cpu);
  // Factors from 1 to 100, savings over five decades up to the longest task; then finer.
  Candidate best = best_around(runs, {10.0, longest * std::pow(10.0, -2.5)}, std::pow(10.0, 0.1),
                               std::pow(10.0, 0.25), 10);
  best = best_around(runs, best.boost, std::pow(10.0, 0.02), std::pow(10.0, 0.05), 5);
  const double without = deviation(runs, {});
  if (best.deviation >= (1.0 - kLeastGain) * without) return std::nullopt;
  return best.boost;
}

}  // namespace scinet
