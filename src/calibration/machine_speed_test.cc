#include "calibration/machine_speed.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scinet {
namespace {

using std::chrono::seconds;

// One a second, each of which takes so long.
std::vector<ProbeTime> probes_of(std::string name, std::vector<double> cpu) {
  std::vector<ProbeTime> probes;
  for (const double time : cpu) {
    probes.push_back({.at = seconds(probes.size()), .probe = name, .cpu = Seconds(time)});
  }
  return probes;
}

TEST(MachineSpeed, IsOneWithoutProbes) {
  EXPECT_EQ(MachineSpeed().at(SimTime(0)), 1.0);
  EXPECT_EQ(MachineSpeed({}, {}).at(seconds(5)), 1.0);
  EXPECT_TRUE(MachineSpeed().steps().empty());
}

TEST(MachineSpeed, FollowsTheProbesInSteps) {
  constexpr std::size_t kStep = MachineSpeed::kProbesAStep;
  std::vector<double> cpu(kStep, 0.01);
  cpu.insert(cpu.end(), kStep + kStep / 2, 0.02);  // the half joins the step before it
  ProbeReference usual;
  usual.add(probes_of("work", {0.01, 0.01}));
  const MachineSpeed speed(probes_of("work", cpu), usual);
  ASSERT_EQ(speed.steps().size(), 2u);
  EXPECT_NEAR(speed.at(seconds(0)), 1.0, 1e-12);
  EXPECT_NEAR(speed.at(seconds(kStep - 1)), 1.0, 1e-12);
  EXPECT_NEAR(speed.at(seconds(kStep)), 0.5, 1e-12);
  EXPECT_NEAR(speed.at(seconds(10'000)), 0.5, 1e-12);
}

TEST(MachineSpeed, IsBesideTheMeanOfEachProbe) {
  ProbeReference mean;
  mean.add(probes_of("long", {0.1, 0.4}));
  mean.add(probes_of("short", {0.01}));
  std::vector<ProbeTime> probes = probes_of("long", {0.1});
  probes.push_back({.at = seconds(1), .probe = "short", .cpu = Seconds(0.02)});
  EXPECT_NEAR(MachineSpeed(probes, mean).at(seconds(1)), 1.0, 1e-12);  // twice, and half as fast
  const std::vector<ProbeTime> others = probes_of("another", {0.1});
  EXPECT_TRUE(MachineSpeed(others, mean).steps().empty());
}

}  // namespace
}  // namespace scinet
