// RecSim: the score of a Bayesian network added to that of the simulator.
#pragma once

#include <array>
#include <deque>
#include <memory>

#include "policy/policy.h"

namespace scinet {

// A Bayesian network that says how likely a request is to be answered well, given a few features
// of the decision that it got: a tree over the features beside the class (tree-augmented naive
// Bayes: N. Friedman, D. Geiger, M. Goldszmidt, Machine Learning 29, 1997). Tree and tables are
// counted from the last samples.
class BayesianNetwork {
 public:
  static constexpr std::size_t kFeatures = 5;
  static constexpr int kLevels = 4;
  using Features = std::array<int, kFeatures>;  // each in [0, kLevels)

  struct Sample {
    Features features{};
    bool good = false;
  };

  void add(const Sample& sample);
  void learn();  // the tree of the samples so far

  // P(good | features); 1/2 before any sample.
  double probability_good(const Features& features) const;
  // The feature that feature i depends on beside the class; itself for the root.
  std::size_t parent(std::size_t i) const { return parents_[i]; }

 private:
  double information(std::size_t a, std::size_t b) const;
  double likelihood(const Features& features, bool good) const;

  std::deque<Sample> samples_;
  std::array<std::size_t, kFeatures> parents_{0, 1, 2, 3, 4};
};

std::unique_ptr<Policy> make_recsim();

}  // namespace scinet
