// The statistics that calibration rests on, each against data with known parameters.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "base/random.h"
#include "calibration/attribution.h"
#include "calibration/contention_fit.h"
#include "calibration/lognormal_fit.h"
#include "calibration/pooling.h"

namespace scinet {
namespace {

std::vector<double> lognormal(double mean, double variation, std::size_t count,
                              RandomStream random) {
  const double variance = std::log1p(variation * variation);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(mean * std::exp(std::sqrt(variance) * random.normal() - variance / 2.0));
  }
  return values;
}

TEST(LognormalFit, OfExactValuesIsTheirMoments) {
  // Mean 4, squares 4 + 0 + 4, variance 8 / 2 = 4, variation 2 / 4.
  const std::vector<Bounds> values{{2, 2}, {4, 4}, {6, 6}};
  const LognormalFit fit = fit_lognormal(values, {});
  EXPECT_DOUBLE_EQ(fit.mean, 4.0);
  EXPECT_DOUBLE_EQ(fit.variation, 0.5);
  EXPECT_EQ(fit.samples, 3);
}

TEST(LognormalFit, FindsTheMeanBehindWholeSteps) {
  int within = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<Bounds> bounds;
    for (const double value : lognormal(2.2, 0.4, 400, RandomStream(seed))) {
      bounds.push_back({std::floor(value), std::floor(value) + 1.0});
    }
    const LognormalFit fit = fit_lognormal(bounds, {});
    EXPECT_NEAR(fit.mean, 2.2, 0.2) << seed;
    EXPECT_NEAR(fit.variation, 0.4, 0.08) << seed;
    if (std::abs(std::log(fit.mean / 2.2)) < 1.96 * fit.log_error) ++within;
  }
  EXPECT_GE(within, 16);  // of 20 at 95 %: fewer has probability 0.003
}

TEST(LognormalFit, LeansOnWhatWasKnownBeforeWhereOneStepHoldsAll) {
  const std::vector<Bounds> values(30, Bounds{1.0, 2.0});
  const LognormalFit fit = fit_lognormal(values, {.log_variance = 0.04, .samples = 4.0});
  EXPECT_GT(fit.mean, 1.0);
  EXPECT_LT(fit.mean, 2.0);
  EXPECT_GT(fit.variation, 0.01);
}

// Tasks of one kind that meet company by chance, and the more of it the longer they take.
std::vector<TaskSample> in_company(double contention, RandomStream random) {
  std::vector<TaskSample> tasks;
  for (const double work : lognormal(1.0, 0.5, 2000, RandomStream(random.next()))) {
    TaskSample task;
    task.company_at_start = 1 + static_cast<int>(random.below(3));
    const auto later = static_cast<std::size_t>(2.0 * work);  // who came while it ran
    const std::size_t most = static_cast<std::size_t>(task.company_at_start) + later;
    task.company.assign(most, 0.0);
    task.company[static_cast<std::size_t>(task.company_at_start) - 1] = 0.5;
    task.company[most - 1] += 0.5;
    const double used = work * task.inflation(contention);
    task.core_seconds = {used, used};
    tasks.push_back(task);
  }
  return tasks;
}

std::optional<double> contention_in(const std::vector<TaskSample>& tasks, double before,
                                    std::size_t of_a_kind) {
  std::vector<ContentionSample> samples;
  for (const TaskSample& task : tasks) samples.push_back({&task, samples.size() / of_a_kind});
  return fit_contention(samples, before, 2.0);
}

TEST(ContentionFit, IsNotTakenInByLongTasksThatMeetMoreCompany) {
  for (const std::size_t of_a_kind : {2, 3, 2000}) {
    int found = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      if (contention_in(in_company(0.0, RandomStream(seed)), 0.0, of_a_kind)) ++found;
    }
    EXPECT_LE(found, 4) << of_a_kind;  // of 20 at 5 %: more has probability 0.003
  }
}

TEST(ContentionFit, FindsWhatCompanyCostsAndLeavesWhatIsKnown) {
  int kept = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<TaskSample> tasks = in_company(0.4, RandomStream(seed));
    const std::optional<double> found = contention_in(tasks, 0.0, 100);
    ASSERT_TRUE(found);
    EXPECT_NEAR(*found, 0.4, 0.2) << seed;
    if (!contention_in(tasks, 0.4, 100)) ++kept;
  }
  EXPECT_GE(kept, 16);
}

TEST(Pool, DrawsUncertainCellsToTheirRowAndColumn) {
  // An additive table, 4 x 3, but for one cell that is certain and one that is not.
  std::vector<TableCell> cells;
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      const double truth = static_cast<double>(row) + 10.0 * static_cast<double>(column);
      cells.push_back({row, column, truth, 0.01});
    }
  }
  cells[4].estimate += 0.5;
  cells[7].estimate += 0.5;
  cells[7].error = 5.0;
  const PooledTable pooled = pool(cells);
  EXPECT_NEAR(pooled.values[4], cells[4].estimate, 0.01);
  EXPECT_NEAR(pooled.values[7], 12.0, 0.2);
  EXPECT_GT(pooled.tau, 0.05);
}

TEST(Pool, ComesCloserToTheTruthThanTheCellsThemselves) {
  double raw = 0.0;
  double drawn = 0.0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    RandomStream random(seed);
    std::vector<TableCell> cells;
    std::vector<double> truth;
    for (std::size_t row = 0; row < 7; ++row) {
      for (std::size_t column = 0; column < 4; ++column) {
        truth.push_back(0.5 * static_cast<double>(row) - static_cast<double>(column) +
                        0.05 * random.normal());
        cells.push_back({row, column, truth.back() + 0.2 * random.normal(), 0.2});
      }
    }
    const PooledTable pooled = pool(cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      raw += std::pow(cells[i].estimate - truth[i], 2.0);
      drawn += std::pow(pooled.values[i] - truth[i], 2.0);
    }
  }
  EXPECT_LT(drawn, 0.6 * raw);
}

TEST(Pool, KeepsCellsThatRowsAndColumnsCouldOnlyRepeat) {
  const std::vector<TableCell> cells{{0, 0, 1.0, 1.0}, {0, 1, 5.0, 1.0}, {1, 0, 2.0, 1.0}};
  EXPECT_EQ(pool(cells).values, (std::vector<double>{1.0, 5.0, 2.0}));
}

TEST(Attribute, SplitsSumsOverTheirCauses) {
  RandomStream random(1);
  const std::vector<double> truth{0.1, 2.0, 5.0};
  std::vector<MeasuredSum> sums;
  for (int i = 0; i < 500; ++i) {
    MeasuredSum sum{.observed = 0.0, .shares = {{0, 5.0}}};
    for (const std::size_t cause : {std::size_t{1}, std::size_t{2}}) {
      if (random.uniform() < 0.4) sum.shares.push_back({cause, random.uniform()});
    }
    for (const auto& [cause, amount] : sum.shares) sum.observed += amount * truth[cause];
    sum.observed *= 0.9 + 0.2 * random.uniform();
    sums.push_back(sum);
  }
  const Attribution found = attribute(sums, 4);
  for (std::size_t j = 0; j < truth.size(); ++j) {
    EXPECT_NEAR(found.values[j], truth[j], 4.0 * found.errors[j]) << j;
    EXPECT_LT(found.errors[j], 0.05 * truth[j]) << j;
  }
  EXPECT_EQ(found.values[3], 0.0);
}

}  // namespace
}  // namespace scinet
