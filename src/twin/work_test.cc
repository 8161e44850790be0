#include "twin/work.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scinet {
namespace {

struct Moments {
  double mean;
  double variation;
};

Moments moments_of(const WorkDistribution& distribution) {
  constexpr int kDraws = 200'000;
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double draw =
        draw_work(distribution, RandomStreams(5), WorkloadId{i}, FragmentId{0}).value();
    sum += draw;
    squares += draw * draw;
  }
  const double mean = sum / kDraws;
  return {mean, std::sqrt(squares / kDraws - mean * mean) / mean};
}

TEST(DrawWork, HasTheMeanAndVariationThatWereAskedFor) {
  // With 200,000 draws the mean is off by about variation / 450, the variation by some per cent.
  const Moments exponential = moments_of({WorkShape::kExponential, Mi(50), 1.0});
  EXPECT_NEAR(exponential.mean, 50.0, 0.5);
  EXPECT_NEAR(exponential.variation, 1.0, 0.02);
  const Moments lognormal = moments_of({WorkShape::kLognormal, Mi(50), 0.7});
  EXPECT_NEAR(lognormal.mean, 50.0, 0.4);
  EXPECT_NEAR(lognormal.variation, 0.7, 0.02);
  const Moments hyperexponential = moments_of({WorkShape::kHyperexponential, Mi(50), 3.0});
  EXPECT_NEAR(hyperexponential.mean, 50.0, 1.5);
  EXPECT_NEAR(hyperexponential.variation, 3.0, 0.15);
}

TEST(DrawWork, LognormalHasItsMedian) {
  // The median of a lognormal is mean / sqrt(1 + c^2): 50 / sqrt(1.49) = 40.96.
  int below = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const WorkDistribution distribution{WorkShape::kLognormal, Mi(50), 0.7};
    const Mi draw = draw_work(distribution, RandomStreams(5), WorkloadId{i}, FragmentId{0});
    if (draw < Mi(40.96)) ++below;
  }
  EXPECT_NEAR(below, 50'000, 700);
}

TEST(DrawWork, ConstantWorkAndNoVariationAreTheMean) {
  for (const WorkShape shape : {WorkShape::kConstant, WorkShape::kLognormal}) {
    const Mi draw = draw_work({shape, Mi(50), 0.0}, RandomStreams(1), WorkloadId{3}, FragmentId{0});
    EXPECT_DOUBLE_EQ(draw.value(), 50.0);
  }
}

TEST(DrawWork, DependsOnSeedWorkloadAndFragmentOnly) {
  const auto draw = [](std::uint64_t seed, std::uint64_t workload, std::uint32_t fragment) {
    return draw_work({WorkShape::kExponential, Mi(50), 1.0}, RandomStreams(seed),
                     WorkloadId{workload}, FragmentId{fragment});
  };
  EXPECT_EQ(draw(1, 1, 0), draw(1, 1, 0));
  EXPECT_NE(draw(1, 1, 0), draw(1, 1, 1));
  EXPECT_NE(draw(1, 1, 0), draw(1, 2, 0));
  EXPECT_NE(draw(1, 1, 0), draw(2, 1, 0));
}

}  // namespace
}  // namespace scinet
