#include "search/ant_colony.h"

#include <gtest/gtest.h>

#include "search/option_problems_testing.h"

namespace scinet {
namespace {

OptionWeights all_alike(const OptionProblem& problem) {
  OptionWeights looks;
  for (const int options : problem.options) {
    looks.emplace_back(static_cast<std::size_t>(options), 1.0);
  }
  return looks;
}

Found search(const OptionProblem& problem, const AntColonySettings& settings, std::uint64_t seed,
             OptionWeights looks) {
  RandomStream random(seed);
  return AntColony(std::move(looks), settings)
      .run(problem, Choice(problem.options.size(), 0), random);
}

TEST(AntColony, ComesCloseToTheBestAndBeatsRandomSearch) {
  const AntColonySettings settings{.most_steps = 3000, .most_rounds_without_gain = 40};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const OptionProblem problem = hidden_pattern(15, 3, seed);
    const Found found = search(problem, settings, seed, all_alike(problem));
    EXPECT_GE(found.score, 26.0) << "of 29, seed " << seed;
    EXPECT_GT(found.score, best_of_random(problem, 3000, seed)) << "seed " << seed;
    EXPECT_LE(found.steps, 3000);
    EXPECT_EQ(problem.score(found.choice), found.score);
  }
}

TEST(AntColony, PheromoneGathersOnTheBestOptions) {
  const OptionProblem problem{
      .options = {4}, .score = [](const Choice& choice) { return choice[0] == 2 ? 1.0 : 0.0; }};
  AntColony colony(all_alike(problem), {.most_steps = 400, .most_rounds_without_gain = 20});
  RandomStream random(1);
  EXPECT_EQ(colony.run(problem, {0}, random).choice, Choice{2});
  EXPECT_GT(colony.pheromone()[0][2], 0.9);
  for (const std::size_t other : {0u, 1u, 3u}) EXPECT_LT(colony.pheromone()[0][other], 0.1);
}

// A colony that goes on needs fewer steps than one that begins.
TEST(AntColony, GoesOnFromEarlierPheromone) {
  double cold = 0.0;
  double warm = 0.0;
  const AntColonySettings few{.most_steps = 100};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const OptionProblem problem = hidden_pattern(15, 3, seed);
    AntColony before(all_alike(problem), {.most_steps = 2000, .most_rounds_without_gain = 40});
    RandomStream random(seed);
    before.run(problem, Choice(15, 0), random);
    AntColony after(all_alike(problem), few, before.pheromone());
    warm += after.run(problem, Choice(15, 0), random).score;
    cold += search(problem, few, seed, all_alike(problem)).score;
  }
  EXPECT_GT(warm, cold + 10.0);
}

TEST(AntColony, LooksGuideIt) {
  const OptionProblem problem = hidden_pattern(15, 3, 3);
  OptionWeights looks = all_alike(problem);
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (int option = 0; option < 3; ++option) {
      Choice choice(15, -1);
      choice[i] = option;
      if (problem.score(choice) > 0.0) looks[i][static_cast<std::size_t>(option)] = 5.0;
    }
  }
  EXPECT_GT(search(problem, {.most_steps = 50}, 1, looks).score,
            search(problem, {.most_steps = 50}, 1, all_alike(problem)).score);
}

TEST(AntColony, NeverScoresLowerThanItsStart) {
  const OptionProblem problem = permutation(10);
  Choice best;
  for (int i = 0; i < 10; ++i) best.push_back(i);
  AntColony colony(all_alike(problem), {.most_steps = 200});
  RandomStream random(1);
  EXPECT_EQ(colony.run(problem, best, random).choice, best);
}

}  // namespace
}  // namespace scinet
