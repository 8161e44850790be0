#include "report/statistics.h"

#include <cmath>

#include <gtest/gtest.h>

namespace scinet {
namespace {

TEST(Percentile, InterpolatesBetweenOrderStatistics) {
  // Sorted 10 20 30 40; the 50th has rank 0.5 * 3 = 1.5, so 20 + 0.5 * 10; the 95th has rank
  // 2.85, so 30 + 0.85 * 10.
  EXPECT_DOUBLE_EQ(percentile({40, 10, 30, 20}, 50), 25.0);
  EXPECT_DOUBLE_EQ(percentile({40, 10, 30, 20}, 95), 38.5);
}

TEST(Percentile, EndsAreTheSmallestAndTheLargest) {
  EXPECT_DOUBLE_EQ(percentile({3, 1, 2}, 0), 1.0);
  EXPECT_DOUBLE_EQ(percentile({3, 1, 2}, 100), 3.0);
  EXPECT_DOUBLE_EQ(percentile({7}, 99), 7.0);
}

TEST(Percentile, OfNothingDoesNotExist) { EXPECT_TRUE(std::isnan(percentile({}, 50))); }

TEST(Distribution, HasMeanAndPercentiles) {
  const Distribution distribution = distribution_of({4, 1, 2, 3, 90});
  EXPECT_DOUBLE_EQ(distribution.mean, 20.0);
  EXPECT_DOUBLE_EQ(distribution.p50, 3.0);
  // Ranks 3.8 and 3.96 between 4 and 90.
  EXPECT_DOUBLE_EQ(distribution.p95, 4 + 0.8 * 86);
  EXPECT_DOUBLE_EQ(distribution.p99, 4 + 0.96 * 86);
}

TEST(Distribution, OfNothingDoesNotExist) { EXPECT_TRUE(std::isnan(distribution_of({}).mean)); }

TEST(Variation, IsTheStandardDeviationAsAShareOfTheMean) {
  EXPECT_DOUBLE_EQ(variation_of({1, 3}), 0.5);
  EXPECT_DOUBLE_EQ(variation_of({7, 7, 7}), 0.0);
  EXPECT_DOUBLE_EQ(variation_of({}), 0.0);
}

}  // namespace
}  // namespace scinet
