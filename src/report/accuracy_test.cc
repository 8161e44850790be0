#include "report/accuracy.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

TEST(Accuracy, HasTheWilsonInterval) {
  // n = 100, p = 0.9, z = 1.96, z^2 = 3.8415: centre (0.9 + 0.019207) / 1.038415 = 0.885202,
  // spread 1.96 sqrt(0.0009 + 0.000096) / 1.038415 = 0.059570.
  const Accuracy accuracy{90, 100};
  EXPECT_DOUBLE_EQ(accuracy.value(), 0.9);
  EXPECT_NEAR(accuracy.ci_low(), 0.82563, 1e-4);
  EXPECT_NEAR(accuracy.ci_high(), 0.94477, 1e-4);
}

TEST(Accuracy, StaysInsideItsRangeAtTheEnds) {
  EXPECT_EQ((Accuracy{0, 10}).ci_low(), 0.0);
  EXPECT_GT((Accuracy{0, 10}).ci_high(), 0.2);  // nothing right of ten does not mean never
  EXPECT_NEAR((Accuracy{10, 10}).ci_high(), 1.0, 1e-12);
  EXPECT_LT((Accuracy{10, 10}).ci_low(), 0.8);
}

}  // namespace
}  // namespace scinet
