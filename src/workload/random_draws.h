// Draws from ranges, as generated scenarios need them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"

namespace scinet {

class RandomDraws {
 public:
  explicit RandomDraws(RandomStream random) : random_(random) {}

  double between(double low, double high) { return low + (high - low) * random_.uniform(); }
  // Each order of magnitude is as likely as another.
  double log_between(double low, double high) { return low * std::pow(high / low, share()); }
  double share() { return random_.uniform(); }  // in [0, 1)
  // exp(N(0, deviation)).
  double around_one(double deviation) { return std::exp(deviation * random_.normal()); }
  bool chance(double probability) { return random_.uniform() < probability; }
  int whole(int least, int most) {  // both included
    return least + static_cast<int>(random_.below(static_cast<std::uint64_t>(most - least + 1)));
  }
  std::size_t position_in(std::size_t size) { return random_.below(size); }

  template <class T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[position_in(i)]);
  }

  // Positive, with sum 1; the largest is rarely more than a few times the smallest.
  std::vector<double> shares(std::size_t count) {
    std::vector<double> shares(count);
    double sum = 0.0;
    for (double& share : shares) sum += share = between(0.3, 1.0);
    for (double& share : shares) share /= sum;
    return shares;
  }

 private:
  RandomStream random_;
};

}  // namespace scinet
