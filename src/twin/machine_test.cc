#include "twin/machine.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scinet {
namespace {

using namespace std::chrono_literals;

// 4 cores; 100, 140, 160, 180, 200 W at 0 .. 4 busy cores; 60 W while booting; $3.60 an hour,
// which is $0.001 a second.
HostType metered_type() {
  HostType type;
  type.cores = 4;
  type.speed = Mips(1000);
  type.power.points = {Watts(100), Watts(140), Watts(160), Watts(180), Watts(200)};
  type.boot_power = Watts(60);
  type.price = DollarsPerHour(3.6);
  return type;
}

Machine running(const HostType& type, SimTime boot = SimTime(0)) {
  Machine machine(type);
  machine.power_on(SimTime(0));
  machine.finish_boot(boot);
  return machine;
}

TEST(Machine, EnergyIsTheIntegralOfPower) {
  const HostType type = metered_type();
  Machine machine = running(type, 10s);
  machine.advance_to(15s);
  machine.set_busy(1.0);
  machine.advance_to(17s);
  machine.set_busy(2.5);
  // Boot 10 s * 60 W = 600 J; idle 5 s * 100 W = 500 J; one core 2 s * 140 W = 280 J; 2.5 cores
  // (half way between 160 and 180 W) 4 s * 170 W = 680 J. Together 2060 J.
  // Core-seconds: 2 * 1 + 4 * 2.5 = 12.
  EXPECT_DOUBLE_EQ(machine.account(21s).energy.value(), 2060.0);
  EXPECT_DOUBLE_EQ(machine.account(21s).cpu.count(), 12.0);
  EXPECT_DOUBLE_EQ(machine.account(21s).powered.count(), 21.0);
}

TEST(Machine, BurnsAndCostsNothingWhileOff) {
  const HostType type = metered_type();
  Machine machine = running(type);
  machine.power_off(10s);
  // 10 s * 100 W, 10 s * $0.001.
  EXPECT_DOUBLE_EQ(machine.account(100s).energy.value(), 1000.0);
  EXPECT_NEAR(machine.account(100s).cost.value(), 0.010, 1e-15);
  EXPECT_DOUBLE_EQ(machine.account(100s).powered.count(), 10.0);
}

TEST(Machine, BillsStartedIncrementsWhole) {
  HostType type = metered_type();
  type.billing_increment = Seconds(60);
  Machine machine = running(type);
  // An increment costs 60 s * $0.001 = $0.06.
  EXPECT_DOUBLE_EQ(machine.account(SimTime(0)).cost.value(), 0.0);
  EXPECT_NEAR(machine.account(1ns).cost.value(), 0.06, 1e-15);
  EXPECT_NEAR(machine.account(60s).cost.value(), 0.06, 1e-15);
  EXPECT_NEAR(machine.account(60s + 1ns).cost.value(), 0.12, 1e-15);
}

TEST(Machine, EachPowerOnStartsItsOwnIncrement) {
  HostType type = metered_type();
  type.billing_increment = Seconds(3600);
  Machine machine = running(type);
  machine.power_off(100s);
  machine.power_on(200s);
  // Two started hours of $3.60.
  EXPECT_NEAR(machine.account(300s).cost.value(), 7.2, 1e-12);
}

TEST(Machine, WithoutAnIncrementItBillsTime) {
  HostType type = metered_type();
  type.billing_increment = Seconds(0);
  EXPECT_NEAR(running(type).account(1500ms).cost.value(), 0.0015, 1e-15);
}

TEST(Machine, PowerFromBeforeTheTwinKeepsItsPhase) {
  HostType type = metered_type();
  type.billing_increment = Seconds(60);
  Machine machine(type);
  machine.power_on(100s, -70s);
  // On for 170 s: the third increment is paid and lasts until 110 s, the next one until 170 s.
  EXPECT_EQ(machine.account(100s).cost.value(), 0.0);
  EXPECT_NEAR(machine.account(110s).cost.value(), 0.0, 1e-15);
  EXPECT_NEAR(machine.account(110s + 1ns).cost.value(), 0.06, 1e-15);
  EXPECT_NEAR(machine.account(171s).cost.value(), 0.12, 1e-15);
  EXPECT_DOUBLE_EQ(machine.account(171s).powered.count(), 71.0);
}

TEST(Machine, ItsOwnServicesUseCoresWhileItIsOn) {
  HostType type = metered_type();
  type.background = 0.5;
  Machine machine = running(type, 10s);
  EXPECT_DOUBLE_EQ(machine.capacity(), 3.5);
  machine.advance_to(14s);
  machine.set_busy(1.0);
  machine.advance_to(16s);
  // Boot 10 s * 60 W; half a core 4 s * 120 W; 1.5 cores 2 s * 150 W: 600 + 480 + 300 J.
  // Core-seconds: 4 * 0.5 + 2 * 1.5 = 5, none while it boots.
  EXPECT_DOUBLE_EQ(machine.account(16s).energy.value(), 1380.0);
  EXPECT_DOUBLE_EQ(machine.account(16s).cpu.count(), 5.0);
  machine.power_off(16s);
  EXPECT_DOUBLE_EQ(machine.account(20s).cpu.count(), 5.0);
}

TEST(Machine, RoundingDoesNotAccumulate) {
  const HostType type = metered_type();
  Machine machine = running(type);
  machine.set_busy(1.0);
  // A thousand steps of a third of a nanosecond more than one: events fall on whole nanoseconds,
  // and the sum of the steps is kept.
  const Seconds step(1e-9 + 1e-9 / 3.0);
  for (int i = 0; i < 1000; ++i) machine.advance_by(step, machine.event_after(step));
  EXPECT_NEAR(machine.account(1333ns).cpu.count(), 1333e-9, 1e-18);
  EXPECT_EQ(machine.event_after(Seconds(0)), 1333ns);
}

// Earns 24 credits an hour, a core at 0.4 for ever; at most 100.
HostType burstable_type() {
  HostType type = metered_type();
  type.cores = 2;
  type.power.points = {Watts(100), Watts(200)};
  type.burst = BurstCredits{
      .baseline = 0.4, .credits_per_hour = 24.0, .initial_credits = 10.0, .maximum_credits = 100.0};
  return type;
}

TEST(Machine, CreditsAreSpentAboveTheBaseline) {
  const HostType type = burstable_type();
  Machine machine = running(type);
  machine.set_busy(2.0);
  // Spends 2 core-minutes a minute, earns 0.4: -1.6 a minute. 10 credits last 6.25 min = 375 s.
  EXPECT_DOUBLE_EQ(machine.until_capacity_changes().count(), 375.0);
  machine.advance_to(100s);
  EXPECT_NEAR(machine.credits(150s), 10.0 - 1.6 * 2.5, 1e-12);
}

TEST(Machine, CreditsAccrueBelowTheBaselineUpToTheMaximum) {
  const HostType type = burstable_type();
  Machine machine = running(type);
  machine.set_busy(0.1);
  EXPECT_TRUE(std::isinf(machine.until_capacity_changes().count()));
  // 0.4 - 0.1 credits a minute.
  EXPECT_NEAR(machine.credits(60s), 10.3, 1e-12);
  EXPECT_DOUBLE_EQ(machine.credits(24h), 100.0);
}

TEST(Machine, WithoutCreditsItFallsToTheBaselineUntilItHasEarnedACoreSecond) {
  const HostType type = burstable_type();
  Machine machine = running(type);
  machine.set_busy(2.0);
  machine.advance_to(375s);
  machine.change_capacity();
  EXPECT_DOUBLE_EQ(machine.capacity(), 0.4);
  machine.set_busy(0.4);  // at the baseline nothing accrues
  EXPECT_GT(machine.until_capacity_changes(), Seconds(1e9));
  machine.set_busy(0.0);
  // A core-second is 1/60 credit and it earns 0.4/60 a second: 2.5 s.
  EXPECT_NEAR(machine.until_capacity_changes().count(), 2.5, 1e-9);
  machine.advance_to(377500ms);
  machine.change_capacity();
  EXPECT_DOUBLE_EQ(machine.capacity(), 2.0);
}

TEST(Machine, ABoostTakesTheEnergyOfFullLoadInLessTime) {
  HostType type = burstable_type();
  type.burst->boost = 4.0;
  Machine machine = running(type);
  machine.set_busy(2.0);  // full load, 200 W, of which 100 W are idle
  machine.advance_to(4s);
  const Joules at_full_load = machine.account(4s).energy;
  EXPECT_DOUBLE_EQ(at_full_load.value(), 800.0);
  machine.set_busy(8.0);  // the same work in a second, and nothing in the three that are saved
  machine.advance_to(5s);
  machine.set_busy(0.0);
  machine.advance_to(8s);
  EXPECT_DOUBLE_EQ(machine.account(8s).energy.value(), 2.0 * at_full_load.value());
}

TEST(Machine, ItsOwnServicesSpendCredits) {
  HostType type = burstable_type();
  type.background = 0.1;
  Machine machine = running(type);
  // Earns 0.4 and spends 0.1 credits a minute.
  EXPECT_NEAR(machine.credits(60s), 10.3, 1e-12);
  machine.set_busy(1.9);
  // All cores: 1.6 credits a minute, so 10 credits last 375 s. Then tasks have 0.4 - 0.1 cores.
  EXPECT_DOUBLE_EQ(machine.until_capacity_changes().count(), 375.0);
  machine.advance_to(375s);
  machine.change_capacity();
  EXPECT_DOUBLE_EQ(machine.capacity(), 0.3);
}

TEST(Machine, CreditsOfBeforeTheTwinAreKept) {
  const HostType type = burstable_type();
  Machine machine = running(type);
  machine.restore_credits(0.01, true);
  EXPECT_TRUE(machine.throttled());
  EXPECT_DOUBLE_EQ(machine.capacity(), 0.4);
  // To 1/60 credit it lacks 1/150, and earns 0.4 / 60 = 1/150 a second.
  EXPECT_NEAR(machine.until_capacity_changes().count(), 1.0, 1e-9);
}

TEST(Machine, NoRoomForCreditsMeansNoBurst) {
  HostType type = burstable_type();
  type.burst->initial_credits = 0.0;
  type.burst->maximum_credits = 0.0;
  Machine machine = running(type);
  machine.set_busy(2.0);
  EXPECT_EQ(machine.until_capacity_changes(), Seconds(0));
  machine.change_capacity();
  machine.set_busy(0.0);
  EXPECT_TRUE(std::isinf(machine.until_capacity_changes().count()));
}

}  // namespace
}  // namespace scinet
