// The largest value of a function of two positive parameters whose scale is unknown, as likelihoods
// of small models have: the best of a grid, then steps along one axis after the other, each time
// half as long.
#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace scinet {

struct TwoParameters {
  double first = 1.0;
  double second = 1.0;
};

// `value` is asked about 40 times more than the grid has points. Equal values keep the earlier
// point, and steps leave the range of the grid by at most a factor of e^1.4.
template <class Value>
TwoParameters find_best(std::span<const double> firsts, std::span<const double> seconds,
                        const Value& value) {
  TwoParameters best;
  double most = -std::numeric_limits<double>::infinity();
  const auto try_at = [&](TwoParameters at) {
    const double there = value(at);
    if (there > most) {
      most = there;
      best = at;
    }
  };
  for (const double first : firsts) {
    for (const double second : seconds) try_at({first, second});
  }
  for (const double step : {0.8, 0.4, 0.2}) {
    for (int round = 0; round < 2; ++round) {
      const double up = std::exp(step);
      try_at({best.first * up, best.second});
      try_at({best.first / up, best.second});
      try_at({best.first, best.second * up});
      try_at({best.first, best.second / up});
    }
  }
  return best;
}

}  // namespace scinet
