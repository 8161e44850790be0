#include "search/ant_colony.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/ensure.h"

namespace scinet {

AntColony::AntColony(OptionWeights looks, const AntColonySettings& settings,
                     OptionWeights pheromone)
    : settings_(settings), looks_(std::move(looks)), pheromone_(std::move(pheromone)) {
  if (pheromone_.empty()) {
    for (const auto& options : looks_) pheromone_.emplace_back(options.size(), 1.0);
  }
  ensure(pheromone_.size() == looks_.size(), "every variable has pheromone");
  weights_ = looks_;
}

Found AntColony::run(const OptionProblem& problem, const Choice& start, RandomStream& random) {
  ensure(start.size() == looks_.size() && problem.options.size() == looks_.size(),
         "problem, start and looks have the same variables");
  Found best{start, problem.score(start), 1};
  int rounds_without_gain = 0;
  while (best.steps < settings_.most_steps &&
         rounds_without_gain < settings_.most_rounds_without_gain) {
    weigh();
    Found of_round;
    for (int ant = 0; ant < settings_.ants && best.steps < settings_.most_steps; ++ant) {
      Choice choice = walk(random);
      const double score = problem.score(choice);
      ++best.steps;
      if (of_round.choice.empty() || score > of_round.score)
        of_round = {std::move(choice), score, 0};
    }
    const bool is_better = of_round.score > best.score;
    rounds_without_gain = is_better ? 0 : rounds_without_gain + 1;
    if (is_better) best = {of_round.choice, of_round.score, best.steps};
    lay(of_round.choice, best.choice);
  }
  return best;
}

Choice AntColony::walk(RandomStream& random) const {
  Choice choice;
  choice.reserve(weights_.size());
  for (const std::vector<double>& weights : weights_) {
    double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
    std::size_t option = 0;
    while (option + 1 < weights.size() && left >= weights[option]) left -= weights[option++];
    choice.push_back(static_cast<int>(option));
  }
  return choice;
}

void AntColony::weigh() {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    for (std::size_t option = 0; option < weights_[i].size(); ++option) {
      weights_[i][option] = std::pow(pheromone_[i][option], settings_.alpha) *
                            std::pow(looks_[i][option], settings_.beta);
    }
  }
}

void AntColony::lay(const Choice& round_best, const Choice& best) {
  for (std::size_t i = 0; i < pheromone_.size(); ++i) {
    for (double& pheromone : pheromone_[i]) pheromone *= 1.0 - settings_.evaporation;
    for (const Choice* choice : {&round_best, &best}) {
      pheromone_[i][static_cast<std::size_t>((*choice)[i])] += 0.5 * settings_.evaporation;
    }
    for (double& pheromone : pheromone_[i]) {
      pheromone = std::clamp(pheromone, settings_.least_pheromone, 1.0);
    }
  }
}

}  // namespace scinet
