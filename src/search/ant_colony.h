// Ant colony optimisation: ants choose an option for every variable with a probability that grows
// with its pheromone and with how good it looks by itself; pheromone evaporates, and the best
// choices lay new one. The form is the MAX-MIN ant system (T. Stuetzle, H. Hoos, Future Generation
// Computer Systems 16, 2000) with an elitist ant (M. Dorigo, V. Maniezzo, A. Colorni 1996):
//
//   P(option) ~ pheromone^alpha * looks^beta
//   pheromone = (1 - evaporation) pheromone + evaporation * (1 for the options of the round's best
//               and of the best so far, each half), kept in [least, 1]
//
// Pheromone has no unit here, so scores may be of any size.
#pragma once

#include <vector>

#include "base/random.h"
#include "search/options.h"

namespace scinet {

// A number for each option of each variable.
using OptionWeights = std::vector<std::vector<double>>;

struct AntColonySettings {
  std::int64_t most_steps = 1000;
  int ants = 20;
  double alpha = 1.0;
  double beta = 2.0;
  double evaporation = 0.2;
  double least_pheromone = 0.02;
  int most_rounds_without_gain = 10;  // then it stops
};

class AntColony {
 public:
  // `looks` are positive. `pheromone` lets a colony go on where an earlier one was; empty: 1
  // everywhere.
  AntColony(OptionWeights looks, const AntColonySettings& settings, OptionWeights pheromone = {});

  // `start` takes part in the first round, so that the result never scores lower.
  Found run(const OptionProblem& problem, const Choice& start, RandomStream& random);

  const OptionWeights& pheromone() const { return pheromone_; }

 private:
  Choice walk(RandomStream& random) const;
  void weigh();
  void lay(const Choice& round_best, const Choice& best);

  AntColonySettings settings_;
  OptionWeights looks_;
  OptionWeights pheromone_;
  OptionWeights weights_;  // pheromone^alpha * looks^beta
};

}  // namespace scinet
