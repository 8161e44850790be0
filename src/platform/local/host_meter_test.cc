#include "platform/local/host_meter.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

HostType small_type() {
  HostType type;
  type.name = "small";
  type.cores = 2;
  type.price = DollarsPerHour(3.6);  // 0.001 a second
  type.billing_increment = Seconds(10);
  type.power = {"line", {Watts(50), Watts(150)}, "test"};
  type.boot_power = Watts(80);
  return type;
}

HostMeter half_core_meter() { return HostMeter(small_type(), 0.5, Seconds(1), 3); }

TEST(HostMeter, IntegratesThePowerCurveAtTheMeasuredUtilisation) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  meter.read(2s, Seconds(0.5));  // 0.5 s of 2 x 0.5 s: half busy, 100 W for 2 s
  meter.read(3s, Seconds(0.5));  // idle: 50 W for 1 s
  const HostAccount account = meter.account(3s);
  EXPECT_DOUBLE_EQ(account.energy.value(), 250.0);
  EXPECT_DOUBLE_EQ(account.powered.count(), 3.0);
  EXPECT_DOUBLE_EQ(account.cpu.count(), 2.0);  // half of 2 cores for 2 s
  EXPECT_DOUBLE_EQ(meter.cpu().count(), 0.5);  // of this machine
}

TEST(HostMeter, CountsWhatAPeriodGaveInAdvance) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  // The quota of two periods of 20 ms falls into the first reading, and that of a third is not
  // used.
  meter.read(20ms, Seconds(0.02));
  meter.read(40ms, Seconds(0.02));
  meter.read(60ms, Seconds(0.02));
  EXPECT_NEAR(meter.account(60ms).cpu.count(), 2 * 0.04, 1e-12);
  EXPECT_NEAR(meter.account(60ms).energy.value(), 2 * 0.02 * 150.0 + 0.02 * 50.0, 1e-9);
}

TEST(HostMeter, ForgetsWhatIsFarBeyondTheHost) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  meter.read(2s, Seconds(4));  // two cores instead of a half
  meter.read(5s, Seconds(4));
  EXPECT_NEAR(meter.account(5s).cpu.count(), 2.0 * 2 + 2.0 * 1, 1e-12);
}

TEST(HostMeter, CountsNothingOfAProcessThatIsGone) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  meter.read(20ms, Seconds(0.02));
  meter.set_draw(PowerDraw::kNone, 20ms);
  meter.read(3s, Seconds(0.02));
  EXPECT_NEAR(meter.account(3s).cpu.count(), 0.04, 1e-12);
  EXPECT_EQ(meter.utilisation(), 0.0);
}

TEST(HostMeter, CountsForABootNothingButItsPower) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kBooting, 0s);
  meter.read(1s, Seconds(0.8));  // more than the quota: none of it is left for what comes
  meter.set_draw(PowerDraw::kRunning, 1s);
  meter.read(2s, Seconds(0.8));
  EXPECT_DOUBLE_EQ(meter.account(2s).energy.value(), 80.0 + 50.0);
  EXPECT_DOUBLE_EQ(meter.account(2s).powered.count(), 2.0);
  EXPECT_EQ(meter.account(2s).cpu, Seconds(0));
  EXPECT_EQ(meter.samples(), (std::vector<double>{0.0, 0.0}));
}

TEST(HostMeter, ConvertsCpuTimeAsItsAccountDoes) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  meter.read(2s, Seconds(0.5));
  EXPECT_DOUBLE_EQ(meter.core_seconds(Seconds(0.5)).count(), meter.account(2s).cpu.count());
}

TEST(HostMeter, TellsSinceWhenItHasPower) {
  HostMeter meter = half_core_meter();
  EXPECT_EQ(meter.powered_since(), SimTime(0));
  meter.set_draw(PowerDraw::kBooting, 5s);
  meter.set_draw(PowerDraw::kRunning, 7s);
  EXPECT_EQ(meter.powered_since(), SimTime(5s));
  meter.set_draw(PowerDraw::kNone, 9s);
  EXPECT_EQ(meter.powered_since(), SimTime(0));
}

TEST(HostMeter, BootsAtItsBootPowerAndRestsAtNone) {
  HostMeter meter = half_core_meter();
  meter.read(5s, Seconds(0));
  meter.set_draw(PowerDraw::kBooting, 5s);
  meter.read(7s, Seconds(0.7));
  meter.set_draw(PowerDraw::kNone, 7s);
  meter.read(20s, Seconds(0.7));
  EXPECT_DOUBLE_EQ(meter.account(20s).energy.value(), 160.0);  // 2 s at 80 W
  EXPECT_DOUBLE_EQ(meter.account(20s).powered.count(), 2.0);
}

TEST(HostMeter, BillsIncrementsThatHaveStarted) {
  HostMeter meter = half_core_meter();
  EXPECT_DOUBLE_EQ(meter.account(5s).cost.value(), 0.0);
  meter.set_draw(PowerDraw::kBooting, 5s);
  EXPECT_DOUBLE_EQ(meter.account(6s).cost.value(), 0.01);  // 10 s at 0.001 a second
  meter.set_draw(PowerDraw::kRunning, 8s);                 // the same session
  EXPECT_DOUBLE_EQ(meter.account(16s).cost.value(), 0.02);
  meter.set_draw(PowerDraw::kNone, 16s);
  EXPECT_DOUBLE_EQ(meter.account(100s).cost.value(), 0.02);
  meter.set_draw(PowerDraw::kBooting, 100s);
  EXPECT_DOUBLE_EQ(meter.account(101s).cost.value(), 0.03);
}

TEST(HostMeter, KeepsOneSampleABeat) {
  HostMeter meter = half_core_meter();
  meter.read(500ms, Seconds(0.25));  // fully busy for half a beat
  EXPECT_TRUE(meter.samples().empty());
  meter.read(1s, Seconds(0.25));  // then idle
  ASSERT_EQ(meter.samples().size(), 1u);
  EXPECT_DOUBLE_EQ(meter.utilisation(), 0.5);
  meter.read(3s, Seconds(0.25 + 0.25));  // one reading over two beats: the same in both
  EXPECT_EQ(meter.samples(), (std::vector<double>{0.5, 0.25, 0.25}));
  meter.read(5s, Seconds(0.5));
  EXPECT_EQ(meter.samples(), (std::vector<double>{0.25, 0.0, 0.0}));
}

TEST(HostMeter, NeverUsesMoreThanAllCores) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 0s);
  meter.read(1s, Seconds(0.6));
  EXPECT_DOUBLE_EQ(meter.utilisation(), 1.0);
  EXPECT_DOUBLE_EQ(meter.account(1s).energy.value(), 150.0);
}

TEST(HostMeter, CountsANewProcessFromZero) {
  HostMeter meter = half_core_meter();
  meter.read(1s, Seconds(0.4));
  meter.process_started();
  meter.read(2s, Seconds(0.1));
  EXPECT_DOUBLE_EQ(meter.cpu().count(), 0.5);
}

TEST(HostMeter, ForgetsWhatWasBeforeTheRun) {
  HostMeter meter = half_core_meter();
  meter.set_draw(PowerDraw::kRunning, 3s);
  meter.read(9s, Seconds(2));
  meter.begin_run(Seconds(2));
  meter.read(1s, Seconds(2));
  EXPECT_DOUBLE_EQ(meter.account(1s).energy.value(), 50.0);
  EXPECT_DOUBLE_EQ(meter.account(1s).cost.value(), 0.01);
  EXPECT_DOUBLE_EQ(meter.cpu().count(), 0.0);
}

}  // namespace
}  // namespace scinet
