// Bayesian optimisation in the unit box: a Gaussian process of what was observed so far, and as the
// next point the one of the largest expected improvement (D. R. Jones, M. Schonlau, W. J. Welch,
// Journal of Global Optimization 13, 1998). Larger values are better.
//
//   EI = (mean - best) Phi(z) + deviation phi(z),  z = (mean - best) / deviation
//
// Several objectives by random scalarisations (ParEGO: J. Knowles, IEEE Transactions on
// Evolutionary Computation 10, 2006): at each suggestion drawn weights w make one value of each
// observation, the augmented Chebyshev value of its objectives scaled to [0, 1],
//
//   min_i w_i f_i + 0.05 sum_i w_i f_i
#pragma once

#include <span>
#include <vector>

#include "base/random.h"

namespace scinet {

struct Observation {
  std::vector<double> point;   // in [0, 1] each
  std::vector<double> values;  // one per objective, larger is better

  friend bool operator==(const Observation&, const Observation&) = default;
};

class BayesianOptimisation {
 public:
  // The first `random_points` suggestions fill the box by themselves (a shifted Halton sequence).
  // Only the last `memory` observations are used: what is observed may change over time.
  explicit BayesianOptimisation(std::size_t dimensions, std::size_t random_points = 4,
                                std::size_t memory = 60);

  std::vector<double> suggest(RandomStream& random) const;
  // One of the candidates, by the same rule: where only some points can be had.
  std::size_t suggest_among(std::span<const std::vector<double>> candidates,
                            RandomStream& random) const;
  void observe(Observation observation);

  const std::vector<Observation>& observations() const { return observations_; }
  // Where a single objective is expected to be largest, of the points observed; the middle of the
  // box before any.
  std::vector<double> best_point() const;

 private:
  std::size_t dimensions_;
  std::size_t random_points_;
  std::size_t memory_;
  std::size_t observed_ = 0;  // also those forgotten
  std::vector<Observation> observations_;
};

double expected_improvement(double mean, double deviation, double best);

// Of points with larger values better, those that no other beats in every objective (or equals in
// some and beats in the others); in the order given.
std::vector<std::size_t> pareto_front(std::span<const std::vector<double>> values);

}  // namespace scinet
