#include "model/host_type.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

// The Azure B2s curve of the published system.
PowerCurve b2s() {
  PowerCurve curve{"b2s", {}, "SPECpower_ssj2008"};
  for (double watts : {75.2, 78.2, 84.1, 89.6, 94.9, 100.0, 105.0, 109.0, 112.0, 115.0, 117.0}) {
    curve.points.push_back(Watts(watts));
  }
  return curve;
}

TEST(PowerCurve, PassesThroughItsPoints) {
  const PowerCurve curve = b2s();
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    EXPECT_NEAR(curve.at(static_cast<double>(i) / 10.0).value(), curve.points[i].value(), 1e-9);
  }
  EXPECT_EQ(curve.idle(), Watts(75.2));
  EXPECT_EQ(curve.peak(), Watts(117.0));
}

TEST(PowerCurve, IsLinearBetweenItsPoints) {
  // A quarter of the way from 78.2 W at 10 % to 84.1 W at 20 %: 78.2 + 0.25 * 5.9 = 79.675.
  EXPECT_NEAR(b2s().at(0.125).value(), 79.675, 1e-9);
  // Two points are enough: 10 + 0.3 * (20 - 10) = 13.
  EXPECT_NEAR((PowerCurve{"line", {Watts(10), Watts(20)}, ""}.at(0.3).value()), 13.0, 1e-12);
}

TEST(PowerCurve, CountsWhatIsOutsideAsTheNearestEnd) {
  EXPECT_EQ(b2s().at(-0.5), b2s().idle());
  EXPECT_EQ(b2s().at(1.5), b2s().peak());
}

TEST(PowerCurve, NeverFallsWhileItsPointsRise) {
  double before = 0.0;
  for (int i = 0; i <= 1000; ++i) {
    const double watts = b2s().at(i / 1000.0).value();
    EXPECT_GE(watts, before) << i;
    before = watts;
  }
}

TEST(HostType, SpeedIsThatOfAllCores) {
  HostType type;
  type.cores = 4;
  type.speed = Mips(4029);
  EXPECT_EQ(type.total_speed(), Mips(16116));
}

}  // namespace
}  // namespace scinet
