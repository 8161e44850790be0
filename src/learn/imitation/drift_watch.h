// Whether the imitation learner can still be relied on. Two things tell that a cluster has left
// what it learned from: it no longer foresees how busy the hosts will be, and a search now and then
// finds much better plans than its own.
//
// Each has a bound, and a lower one below which it is trusted again. Nothing here reads a clock or
// draws random numbers.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "model/cluster_view.h"

namespace scinet {

struct DriftBounds {
  // Root mean square error of the utilisation of the next beat, in shares of the cores of a host:
  // at most this, or so many times that of the guess that nothing changes, whichever is more. A
  // cluster that jumps about is hard to foresee for everybody.
  double utilisation = 0.1;
  double over_last_value = 1.25;
  // QoS lost, as a share of what the oracle's plan would have.
  double regret = 0.03;
  double recovery = 0.8;  // of a bound: below this it is relied on again

  static constexpr DriftBounds none() {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    return {.utilisation = kInfinite, .regret = kInfinite};
  }
};

// The mean of the last values.
template <std::size_t kMost>
class RecentMean {
 public:
  void add(double value) {
    values_[count_++ % kMost] = value;
    const std::size_t held = size();
    mean_ = 0.0;
    for (std::size_t i = 0; i < held; ++i) mean_ += values_[i] / static_cast<double>(held);
  }
  std::size_t size() const { return count_ < kMost ? count_ : kMost; }
  double mean() const { return mean_; }

 private:
  std::array<double, kMost> values_{};
  std::size_t count_ = 0;
  double mean_ = 0.0;
};

class DriftWatch {
 public:
  static constexpr std::size_t kBeats = 20;  // that the error is of, and at least half of them
  static constexpr std::size_t kChecks = 8;  // that the regret is of, and at least half of them

  explicit DriftWatch(const DriftBounds& bounds = {}) : bounds_(bounds) {}

  // At each beat: compares what was foreseen at the beat before with what the view shows.
  void observe(const ClusterView& view);
  // What is foreseen of the beat that begins with the view; none where nothing is.
  void foresee(const ClusterView& view, std::span<const float> next_utilisation);
  void note_regret(double regret);

  // Why it should not be relied on; empty where it can be. The figures are those of the moment when
  // the bound was passed.
  const std::string& reason() const {
    return !utilisation_reason_.empty() ? utilisation_reason_ : regret_reason_;
  }

  double error() const;             // of utilisation, over the last beats
  double last_value_error() const;  // of the guess that nothing changes, over the same
  double regret() const { return regrets_.mean(); }

 private:
  DriftBounds bounds_;
  RecentMean<kBeats> squares_;             // of the error, mean over hosts
  RecentMean<kBeats> last_value_squares_;  // the same of the guess
  RecentMean<kChecks> regrets_;
  std::string utilisation_reason_;
  std::string regret_reason_;

  SimTime foreseen_at_{0};
  std::vector<float> foreseen_;    // of each host; empty: nothing
  std::vector<float> last_value_;  // then
};

}  // namespace scinet
