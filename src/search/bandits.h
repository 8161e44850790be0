// Choosing again and again among a few arms whose rewards are unknown: each rule balances what
// looks best with what it knows least about. Arms count from 0; ties go to the lower arm, but for
// the rules that draw.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace scinet {

// Rewards in [0, 1], each a success with that probability; Thompson sampling on Beta(1, 1) priors
// (W. R. Thompson, Biometrika 25, 1933; S. Agrawal, N. Goyal, COLT 2012).
class BetaThompson {
 public:
  // `memory` below 1 forgets: each new reward of an arm multiplies what it knew by it.
  explicit BetaThompson(std::size_t arms, double memory = 1.0);

  std::size_t choose(RandomStream& random) const;
  void reward(std::size_t arm, double value);  // in [0, 1]
  double mean(std::size_t arm) const;

 private:
  struct Arm {
    double successes = 1.0;
    double failures = 1.0;
  };
  double memory_;
  std::vector<Arm> arms_;
};

// Rewards of any size: Thompson sampling on normal rewards with a normal-inverse-gamma prior that
// is worth one observation of `prior_mean` and `prior_deviation`.
class GaussianThompson {
 public:
  GaussianThompson(std::size_t arms, double prior_mean, double prior_deviation);

  std::size_t choose(RandomStream& random) const;
  void reward(std::size_t arm, double value);
  double mean(std::size_t arm) const { return arms_[arm].mean; }

 private:
  struct Arm {
    double count = 1.0;
    double mean = 0.0;
    double squares = 0.0;  // around the mean
  };
  std::vector<Arm> arms_;
};

// The largest mean + scale sqrt(2 ln n / n_arm); arms never chosen come first (P. Auer,
// N. Cesa-Bianchi, P. Fischer, Machine Learning 47, 2002: UCB1, where rewards lie in [0, scale]).
class UpperConfidence {
 public:
  explicit UpperConfidence(std::size_t arms, double scale = 1.0);

  std::size_t choose() const;
  void reward(std::size_t arm, double value);
  double mean(std::size_t arm) const;

 private:
  struct Arm {
    double count = 0.0;
    double sum = 0.0;
  };
  double scale_;
  std::vector<Arm> arms_;
};

// Any arm with probability epsilon, else the one of the largest mean. After the k-th choice epsilon
// is first * decay^k.
class EpsilonGreedy {
 public:
  // Means are running averages; with `newest` > 0 the newest reward has that weight instead.
  EpsilonGreedy(std::size_t arms, double first, double decay, double newest = 0.0);

  std::size_t choose(RandomStream& random);
  void reward(std::size_t arm, double value);
  double epsilon() const { return epsilon_; }
  double mean(std::size_t arm) const { return arms_[arm].mean; }

 private:
  struct Arm {
    double count = 0.0;
    double mean = 0.0;
  };
  double epsilon_;
  double decay_;
  double newest_;
  std::vector<Arm> arms_;
};

// Marsaglia and Tsang (ACM Transactions on Mathematical Software 26, 2000); shape > 0.
double draw_gamma(RandomStream& random, double shape);
double draw_beta(RandomStream& random, double a, double b);

}  // namespace scinet
