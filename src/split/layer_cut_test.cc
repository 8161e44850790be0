#include "split/layer_cut.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace scinet {
namespace {

CutProblem problem(const std::vector<double>& work, const std::vector<double>& bytes,
                   std::size_t parts) {
  CutProblem problem{.work = {}, .crossing = {}, .parts = parts, .link = BytesPerSecond(1.0)};
  for (const double seconds : work) problem.work.emplace_back(seconds);
  for (const double size : bytes) {
    problem.crossing.push_back(size < 0 ? std::nullopt : std::optional(Bytes(size)));
  }
  return problem;
}

std::vector<std::size_t> cuts_of(const CutProblem& problem) {
  const Result<std::vector<std::size_t>> cuts = choose_cuts(problem);
  EXPECT_TRUE(cuts.ok()) << (cuts.ok() ? "" : cuts.error().message);
  return cuts.ok() ? cuts.value() : std::vector<std::size_t>{};
}

TEST(LayerCut, BalancesWorkWhereNothingIsSent) {
  // 1+2+3 | 4+1+1 : the slowest takes 6
  const CutProblem even = problem({1, 2, 3, 4, 1, 1}, {0, 0, 0, 0, 0, 0}, 2);
  EXPECT_EQ(cuts_of(even), (std::vector<std::size_t>{3}));
  EXPECT_EQ(slowest_part(even, {3}), Seconds(6.0));
}

TEST(LayerCut, MovesACutToWhereLessIsSent) {
  // Before 2: 2 + 9 = 11 s. Before 1: 1 + 1 = 2 s, and then 3 s.
  EXPECT_EQ(cuts_of(problem({1, 1, 1, 1}, {0, 1, 9, 9}, 2)), (std::vector<std::size_t>{1}));
}

TEST(LayerCut, OfEqualBottlenecksTakesTheFewestBytes) {
  // The last step takes 10 s wherever the rest is cut.
  EXPECT_EQ(cuts_of(problem({1, 1, 1, 1, 10}, {0, 3, 2, 3, 0}, 3)),
            (std::vector<std::size_t>{2, 4}));
}

TEST(LayerCut, CutsOnlyWhereItMay) {
  EXPECT_EQ(cuts_of(problem({1, 1, 1, 1}, {0, 0, -1, -1}, 2)), (std::vector<std::size_t>{1}));
  const Result<std::vector<std::size_t>> none =
      choose_cuts(problem({1, 1, 1, 1}, {0, 0, -1, -1}, 3));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "there are 1 places to cut; ask for at most 2 parts");
}

TEST(LayerCut, NeedsAStepForEachPart) {
  const Result<std::vector<std::size_t>> few = choose_cuts(problem({1, 1}, {0, 0}, 3));
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.error().message, "2 steps cannot be shared by 3 parts; ask for at most 2");
}

// All ways to cut, one after the other.
std::optional<std::pair<Seconds, double>> best_by_trying(const CutProblem& problem) {
  std::optional<std::pair<Seconds, double>> best;
  std::vector<bool> chosen(problem.work.size() - 1, false);
  std::fill_n(chosen.begin(), problem.parts - 1, true);
  do {
    std::vector<std::size_t> cuts;
    double bytes = 0.0;
    bool may = true;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (!chosen[i]) continue;
      cuts.push_back(i + 1);
      may = may && problem.crossing[i + 1];
      if (may) bytes += problem.crossing[i + 1]->value();
    }
    if (!may) continue;
    const std::pair found(slowest_part(problem, cuts), bytes);
    if (!best || found < *best) best = found;
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return best;
}

TEST(LayerCut, IsAsGoodAsTryingAllCuts) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed);
    const std::size_t steps = 2 + random.below(9);
    std::vector<double> work;
    std::vector<double> bytes;
    // Whole numbers, so that sums are exact and ties happen.
    for (std::size_t i = 0; i < steps; ++i) {
      work.push_back(static_cast<double>(random.below(6)));
      bytes.push_back(static_cast<double>(random.below(6)) - 1.0);
    }
    const CutProblem made =
        problem(work, bytes, 2 + random.below(std::min<std::size_t>(3, steps - 1)));
    const auto best = best_by_trying(made);
    const Result<std::vector<std::size_t>> cuts = choose_cuts(made);
    ASSERT_EQ(cuts.ok(), best.has_value()) << "seed " << seed;
    if (!best) continue;
    double sent = 0.0;
    for (const std::size_t cut : cuts.value()) sent += made.crossing[cut]->value();
    EXPECT_EQ(std::pair(slowest_part(made, cuts.value()), sent), *best) << "seed " << seed;
  }
}

}  // namespace
}  // namespace scinet
