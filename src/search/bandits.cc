#include "search/bandits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/ensure.h"

namespace scinet {
namespace {

// The arm with the largest value; ties to the lower one.
template <class Value>
std::size_t best_arm(std::size_t arms, const Value& value) {
  ensure(arms > 0, "there is an arm to choose");
  std::size_t best = 0;
  double most = value(std::size_t{0});
  for (std::size_t arm = 1; arm < arms; ++arm) {
    const double there = value(arm);
    if (there > most) {
      most = there;
      best = arm;
    }
  }
  return best;
}

}  // namespace

BetaThompson::BetaThompson(std::size_t arms, double memory) : memory_(memory), arms_(arms) {}

std::size_t BetaThompson::choose(RandomStream& random) const {
  return best_arm(arms_.size(), [&](std::size_t arm) {
    return draw_beta(random, arms_[arm].successes, arms_[arm].failures);
  });
}

void BetaThompson::reward(std::size_t arm, double value) {
  ensure(value >= 0.0 && value <= 1.0, "the reward lies in [0, 1]");
  Arm& known = arms_[arm];
  known.successes = 1.0 + memory_ * (known.successes - 1.0) + value;
  known.failures = 1.0 + memory_ * (known.failures - 1.0) + (1.0 - value);
}

double BetaThompson::mean(std::size_t arm) const {
  return arms_[arm].successes / (arms_[arm].successes + arms_[arm].failures);
}

GaussianThompson::GaussianThompson(std::size_t arms, double prior_mean, double prior_deviation)
    : arms_(arms, Arm{1.0, prior_mean, prior_deviation * prior_deviation}) {}

// Variance from its inverse gamma posterior, then the mean given it.
std::size_t GaussianThompson::choose(RandomStream& random) const {
  return best_arm(arms_.size(), [&](std::size_t arm) {
    const auto& [count, mean, squares] = arms_[arm];
    const double variance = 0.5 * squares / draw_gamma(random, 0.5 * (count + 1.0));
    return mean + std::sqrt(variance / count) * random.normal();
  });
}

void GaussianThompson::reward(std::size_t arm, double value) {
  auto& [count, mean, squares] = arms_[arm];
  count += 1.0;
  const double before = value - mean;
  mean += before / count;
  squares += before * (value - mean);
}

UpperConfidence::UpperConfidence(std::size_t arms, double scale) : scale_(scale), arms_(arms) {}

std::size_t UpperConfidence::choose() const {
  double all = 0.0;
  for (const Arm& arm : arms_) all += arm.count;
  return best_arm(arms_.size(), [&](std::size_t arm) {
    if (arms_[arm].count <= 0.0) return std::numeric_limits<double>::infinity();
    return mean(arm) + scale_ * std::sqrt(2.0 * std::log(all) / arms_[arm].count);
  });
}

void UpperConfidence::reward(std::size_t arm, double value) {
  arms_[arm].count += 1.0;
  arms_[arm].sum += value;
}

double UpperConfidence::mean(std::size_t arm) const {
  return arms_[arm].count > 0.0 ? arms_[arm].sum / arms_[arm].count : 0.0;
}

EpsilonGreedy::EpsilonGreedy(std::size_t arms, double first, double decay, double newest)
    : epsilon_(first), decay_(decay), newest_(newest), arms_(arms) {}

std::size_t EpsilonGreedy::choose(RandomStream& random) {
  const bool explores = random.uniform() < epsilon_;
  epsilon_ *= decay_;
  if (explores) return static_cast<std::size_t>(random.below(arms_.size()));
  return best_arm(arms_.size(), [&](std::size_t arm) { return arms_[arm].mean; });
}

void EpsilonGreedy::reward(std::size_t arm, double value) {
  auto& [count, mean] = arms_[arm];
  count += 1.0;
  const double weight = newest_ > 0.0 && count > 1.0 ? newest_ : 1.0 / count;
  mean += weight * (value - mean);
}

double draw_gamma(RandomStream& random, double shape) {
  if (shape < 1.0) {
    return draw_gamma(random, shape + 1.0) * std::pow(1.0 - random.uniform(), 1.0 / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = random.normal();
    const double v = std::pow(1.0 + c * x, 3.0);
    if (v <= 0.0) continue;
    if (std::log(1.0 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double draw_beta(RandomStream& random, double a, double b) {
  const double x = draw_gamma(random, a);
  return x / (x + draw_gamma(random, b));
}

}  // namespace scinet
