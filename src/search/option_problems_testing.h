// Problems with a known best choice, for the tests of searches.
#pragma once

#include <algorithm>

#include "base/random.h"
#include "search/options.h"

namespace scinet {

// Each variable has a right option; neighbours that are both right are worth more than apart.
// The best score is 2 n - 1.
inline OptionProblem hidden_pattern(std::size_t n, int options, std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("hidden");
  Choice hidden;
  for (std::size_t i = 0; i < n; ++i) {
    hidden.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(options))));
  }
  return {.options = std::vector<int>(n, options), .score = [hidden](const Choice& choice) {
            double score = 0.0;
            for (std::size_t i = 0; i < choice.size(); ++i) {
              const bool is_right = choice[i] == hidden[i];
              const bool was_right = i > 0 && choice[i - 1] == hidden[i - 1];
              score += (is_right ? 1.0 : 0.0) + (is_right && was_right ? 1.0 : 0.0);
            }
            return score;
          }};
}

// Every option once: variables are places, options what stands there, and what stands at its own
// place counts. Taking an option twice costs as much as all places are worth. The best score is n.
inline OptionProblem permutation(std::size_t n) {
  return {.options = std::vector<int>(n, static_cast<int>(n)), .score = [n](const Choice& choice) {
            std::vector<int> used(n, 0);
            double score = 0.0;
            for (std::size_t i = 0; i < n; ++i) {
              score += choice[i] == static_cast<int>(i) ? 1.0 : 0.0;
              if (used[static_cast<std::size_t>(choice[i])]++ > 0) score -= static_cast<double>(n);
            }
            return score;
          }};
}

inline double best_of_random(const OptionProblem& problem, std::int64_t steps, std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("by chance");
  double best = -1e300;
  for (std::int64_t step = 0; step < steps; ++step) {
    Choice choice;
    for (const int options : problem.options) {
      choice.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(options))));
    }
    best = std::max(best, problem.score(choice));
  }
  return best;
}

}  // namespace scinet
