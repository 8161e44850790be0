// Local search with first improvement: one variable gets another option, or two exchange theirs;
// the first move that scores higher is made. Where none does, the search begins again from a
// changed copy of the best choice (iterated local search).
#pragma once

#include "base/random.h"
#include "search/options.h"

namespace scinet {

struct LocalSearchSettings {
  std::int64_t most_steps = 1000;
  int restarts = 3;
  double changed = 0.25;  // share of the variables that a restart sets anew
  bool swaps = true;      // exchanges cost a look at every pair
};

// From `start`, which is returned if nothing scores higher. More steps never give a lower score.
Found search_locally(const OptionProblem& problem, const Choice& start,
                     const LocalSearchSettings& settings, RandomStream& random);

}  // namespace scinet
