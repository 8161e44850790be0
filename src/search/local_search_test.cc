#include "search/local_search.h"

#include <gtest/gtest.h>

#include "search/option_problems_testing.h"

namespace scinet {
namespace {

Found search(const OptionProblem& problem, const LocalSearchSettings& settings,
             std::uint64_t seed = 1) {
  RandomStream random(seed);
  return search_locally(problem, Choice(problem.options.size(), 0), settings, random);
}

TEST(LocalSearch, FindsTheBestChoiceOfASmoothProblem) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const OptionProblem problem = hidden_pattern(20, 4, seed);
    const Found found = search(problem, {}, seed);
    EXPECT_EQ(found.score, 39.0) << "seed " << seed;
    EXPECT_EQ(problem.score(found.choice), found.score);
    EXPECT_LE(found.steps, 1000);
  }
}

TEST(LocalSearch, ExchangesWhatCannotBeChangedAlone) {
  const OptionProblem problem = permutation(6);
  Choice reversed{5, 4, 3, 2, 1, 0};
  RandomStream random(1);
  const LocalSearchSettings once{.restarts = 0};
  EXPECT_EQ(search_locally(problem, reversed, once, random).score, 6.0);
  const LocalSearchSettings no_swaps{.restarts = 0, .swaps = false};
  EXPECT_EQ(search_locally(problem, reversed, no_swaps, random).score, 0.0);
}

TEST(LocalSearch, BeatsRandomSearchOfAsManySteps) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const OptionProblem problem = hidden_pattern(30, 5, seed);
    const Found found = search(problem, {.most_steps = 500}, seed);
    EXPECT_GT(found.score, best_of_random(problem, 500, seed)) << "seed " << seed;
  }
}

TEST(LocalSearch, MoreStepsNeverLowerTheScore) {
  const OptionProblem problem = permutation(8);
  double before = -1e300;
  for (const std::int64_t steps : {1, 10, 30, 100, 300, 1000, 3000}) {
    const Found found = search(problem, {.most_steps = steps, .restarts = 20});
    EXPECT_GE(found.score, before) << steps << " steps";
    EXPECT_LE(found.steps, steps);
    before = found.score;
  }
}

TEST(LocalSearch, KeepsTheStartWhereNothingIsBetter) {
  const OptionProblem flat{.options = {3, 3}, .score = [](const Choice&) { return 1.0; }};
  RandomStream random(1);
  EXPECT_EQ(search_locally(flat, {2, 1}, {}, random).choice, (Choice{2, 1}));
  const OptionProblem nothing{.options = {}, .score = [](const Choice&) { return 1.0; }};
  EXPECT_TRUE(search_locally(nothing, {}, {}, random).choice.empty());
}

}  // namespace
}  // namespace scinet
