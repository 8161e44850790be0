#include "search/bayesian_optimisation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/ensure.h"
#include "forecast/gaussian_process.h"

namespace scinet {
namespace {

constexpr int kCandidates = 128;  // drawn in the whole box
constexpr int kNearBest = 32;     // and around the best observation
constexpr double kNear = 0.1;     // standard deviation of these
constexpr double kAugmentation = 0.05;
constexpr int kPrimes[] = {2, 3, 5, 7, 11, 13, 17, 19};

double radical_inverse(std::size_t index, int base) {
  double value = 0.0;
  double digit = 1.0 / base;
  for (; index > 0; index /= static_cast<std::size_t>(base), digit /= base) {
    value += digit * static_cast<double>(index % static_cast<std::size_t>(base));
  }
  return value;
}

// Values of every objective between 0 and 1; one that never differs is 0.
std::vector<std::vector<double>> scaled(const std::vector<Observation>& observations) {
  std::vector<std::vector<double>> all;
  for (const Observation& observation : observations) all.push_back(observation.values);
  for (std::size_t objective = 0; objective < all.front().size(); ++objective) {
    const auto value = [&](const std::vector<double>& values) { return values[objective]; };
    const double low = std::ranges::min(all, {}, value)[objective];
    const double high = std::ranges::max(all, {}, value)[objective];
    for (auto& values : all) {
      values[objective] = high > low ? (values[objective] - low) / (high - low) : 0.0;
    }
  }
  return all;
}

// One value of each observation. Weights are drawn evenly from those that sum to 1.
std::vector<double> scalarised(const std::vector<Observation>& observations, RandomStream& random) {
  const auto all = scaled(observations);
  std::vector<double> weights;
  double sum = 0.0;
  for (std::size_t i = 0; i < all.front().size(); ++i) {
    weights.push_back(all.front().size() == 1 ? 1.0 : random.exponential(1.0));
    sum += weights.back();
  }
  std::vector<double> scalars;
  for (const auto& values : all) {
    double least = 1.0;
    double total = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double weighted = weights[i] / sum * values[i];
      least = std::min(least, weighted);
      total += weighted;
    }
    scalars.push_back(least + kAugmentation * total);
  }
  return scalars;
}

Eigen::VectorXd as_vector(const std::vector<double>& point) {
  return Eigen::Map<const Eigen::VectorXd>(point.data(), static_cast<Eigen::Index>(point.size()));
}

GaussianProcess fitted(const std::vector<Observation>& observations,
                       const std::vector<double>& values) {
  const auto rows = static_cast<Eigen::Index>(observations.size());
  Eigen::MatrixXd points(rows, static_cast<Eigen::Index>(observations.front().point.size()));
  for (Eigen::Index i = 0; i < rows; ++i) {
    points.row(i) = as_vector(observations[static_cast<std::size_t>(i)].point).transpose();
  }
  return GaussianProcess::fit(points, as_vector(values));
}

std::vector<double> near(const std::vector<double>& point, RandomStream& random) {
  std::vector<double> moved;
  for (const double at : point) moved.push_back(std::clamp(at + kNear * random.normal(), 0.0, 1.0));
  return moved;
}

}  // namespace

BayesianOptimisation::BayesianOptimisation(std::size_t dimensions, std::size_t random_points,
                                           std::size_t memory)
    : dimensions_(dimensions), random_points_(random_points), memory_(memory) {
  ensure(dimensions >= 1 && dimensions <= std::size(kPrimes), "there are 1 to 8 dimensions");
}

std::vector<double> BayesianOptimisation::suggest(RandomStream& random) const {
  std::vector<double> point(dimensions_);
  if (observed_ < random_points_ || observations_.size() < 2) {
    for (std::size_t d = 0; d < dimensions_; ++d) {
      point[d] =
          std::fmod(radical_inverse(observed_ + 1, kPrimes[d]) + 0.01 * random.uniform(), 1.0);
    }
    return point;
  }
  std::vector<std::vector<double>> candidates;
  for (int i = 0; i < kCandidates; ++i) {
    for (double& at : point) at = random.uniform();
    candidates.push_back(point);
  }
  const std::vector<double> best = best_point();
  for (int i = 0; i < kNearBest; ++i) candidates.push_back(near(best, random));
  return candidates[suggest_among(candidates, random)];
}

std::size_t BayesianOptimisation::suggest_among(std::span<const std::vector<double>> candidates,
                                                RandomStream& random) const {
  ensure(!candidates.empty(), "there is a candidate");
  if (observations_.size() < 2) return random.below(candidates.size());
  const std::vector<double> values = scalarised(observations_, random);
  const GaussianProcess process = fitted(observations_, values);
  // The best of what the process believes in, not of what noise has been kind to.
  double best = -1e300;
  for (const Observation& seen : observations_) {
    best = std::max(best, process.at(as_vector(seen.point)).front().mean);
  }
  std::size_t chosen = 0;
  double most = -1.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto [mean, deviation] = process.at(as_vector(candidates[i])).front();
    const double improvement = expected_improvement(mean, deviation, best);
    if (improvement > most) {
      most = improvement;
      chosen = i;
    }
  }
  return chosen;
}

void BayesianOptimisation::observe(Observation observation) {
  ensure(observation.point.size() == dimensions_ && !observation.values.empty(),
         "an observation has a coordinate per dimension and a value");
  if (observations_.size() == memory_) observations_.erase(observations_.begin());
  observations_.push_back(std::move(observation));
  ++observed_;
}

std::vector<double> BayesianOptimisation::best_point() const {
  if (observations_.empty()) return std::vector<double>(dimensions_, 0.5);
  std::vector<double> values;
  for (const Observation& seen : observations_) values.push_back(seen.values.front());
  if (values.size() >= 3) {
    const GaussianProcess process = fitted(observations_, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = process.at(as_vector(observations_[i].point)).front().mean;
    }
  }
  const auto best = std::ranges::max_element(values) - values.begin();
  return observations_[static_cast<std::size_t>(best)].point;
}

double expected_improvement(double mean, double deviation, double best) {
  if (deviation <= 0.0) return std::max(mean - best, 0.0);
  const double z = (mean - best) / deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  const double probability = 0.5 * std::erfc(-z / std::numbers::sqrt2);
  return (mean - best) * probability + deviation * density;
}

std::vector<std::size_t> pareto_front(std::span<const std::vector<double>> values) {
  const auto beats = [](const std::vector<double>& a, const std::vector<double>& b) {
    bool is_better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] < b[i]) return false;
      is_better |= a[i] > b[i];
    }
    return is_better;
  };
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_beaten =
        std::ranges::any_of(values, [&](const auto& other) { return beats(other, values[i]); });
    if (!is_beaten) front.push_back(i);
  }
  return front;
}

}  // namespace scinet
