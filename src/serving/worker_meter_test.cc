#include "serving/worker_meter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "serving/cpu_time.h"
#include "serving/process_memory.h"

namespace scinet {
namespace {

const PowerCurve kCurve{"test", {Watts(100), Watts(150), Watts(300)}, ""};

TEST(WorkerMeter, IntegratesThePowerCurveOverTheCoresThatItWasGiven) {
  WorkerMeter meter(2.0, kCurve);
  meter.sample(Seconds(10), Seconds(3));
  EXPECT_EQ(meter.modelled_energy(), Joules(0));
  // 0.5 s CPU in 1 s of 2 cores: a quarter, half way from 100 W to 150 W, 125 J.
  meter.sample(Seconds(11), Seconds(3.5));
  EXPECT_DOUBLE_EQ(meter.modelled_energy()->value(), 125.0);
  // Idle for 2 s, 200 J; then all of both cores for 1 s, 300 J.
  meter.sample(Seconds(13), Seconds(3.5));
  meter.sample(Seconds(14), Seconds(5.5));
  EXPECT_DOUBLE_EQ(meter.modelled_energy()->value(), 625.0);
  // More than it was given counts as all of it.
  meter.sample(Seconds(15), Seconds(9.5));
  EXPECT_DOUBLE_EQ(meter.modelled_energy()->value(), 925.0);
}

TEST(WorkerMeter, TellsTheUtilisationOfTheLastSecond) {
  WorkerMeter meter(0.5, kCurve);
  EXPECT_EQ(meter.utilisation(), 0.0);
  meter.sample(Seconds(0), Seconds(0));
  EXPECT_EQ(meter.utilisation(), 0.0);
  meter.sample(Seconds(0.2), Seconds(0.05));  // 0.05 / (0.2 * 0.5)
  EXPECT_DOUBLE_EQ(meter.utilisation(), 0.5);
  for (int i = 2; i <= 10; ++i) meter.sample(Seconds(0.2 * i), Seconds(0.05));
  EXPECT_NEAR(meter.utilisation(), 0.0, 1e-12);  // the busy fifth is over a second old
}

TEST(WorkerMeter, CountsNoTimeTwice) {
  WorkerMeter meter(1.0, kCurve);
  meter.sample(Seconds(0), Seconds(0));
  meter.sample(Seconds(1), Seconds(0));
  meter.sample(Seconds(1), Seconds(0));
  EXPECT_DOUBLE_EQ(meter.modelled_energy()->value(), 100.0);
}

TEST(WorkerMeter, KnowsNoEnergyWithoutACurve) {
  WorkerMeter meter(1.0, PowerCurve{});
  meter.sample(Seconds(0), Seconds(0));
  meter.sample(Seconds(1), Seconds(1));
  EXPECT_EQ(meter.modelled_energy(), std::nullopt);
  EXPECT_DOUBLE_EQ(meter.utilisation(), 1.0);
}

TEST(ProcessUse, IsMeasured) {
  const Seconds process_before = process_cpu_time();
  const Seconds before = thread_cpu_time();
  while (thread_cpu_time() - before < Seconds(0.01)) {
  }
  EXPECT_GE(process_cpu_time() - process_before, Seconds(0.01));
  EXPECT_GT(resident_memory(), Bytes(1e6));
  EXPECT_GT(machine_memory(), resident_memory());
}

// A folder that looks like /sys/class/powercap.
class RaplFolder : public testing::Test {
 protected:
  RaplFolder() { std::filesystem::create_directories(folder_); }
  ~RaplFolder() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& zone, const std::string& file, const std::string& text) {
    std::filesystem::create_directories(folder_ / zone);
    std::ofstream(folder_ / zone / file) << text << '\n';
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("scinet-rapl-" + std::to_string(getpid()));
};

TEST_F(RaplFolder, AddsPackagesAndFollowsACounterThatWraps) {
  write("intel-rapl:0", "energy_uj", "9000000");
  write("intel-rapl:0", "max_energy_range_uj", "10000000");
  write("intel-rapl:1", "energy_uj", "1000000");
  write("intel-rapl:1", "max_energy_range_uj", "10000000");
  write("intel-rapl:0:0", "energy_uj", "5000000");  // part of package 0
  write("intel-rapl:0:0", "max_energy_range_uj", "10000000");
  std::optional<RaplCounter> counter = RaplCounter::open(folder_);
  ASSERT_TRUE(counter);
  EXPECT_EQ(counter->read(), Joules(0));

  write("intel-rapl:0", "energy_uj", "500000");    // 9 J -> 10 J -> 0.5 J
  write("intel-rapl:1", "energy_uj", "3000000");   // 1 J -> 3 J
  write("intel-rapl:0:0", "energy_uj", "900000");  // already counted
  EXPECT_DOUBLE_EQ(counter->read().value(), 3.5);
}

TEST_F(RaplFolder, IsNothingWithoutACounterThatCanBeRead) {
  EXPECT_FALSE(RaplCounter::open(folder_));
  EXPECT_FALSE(RaplCounter::open(folder_ / "absent"));
  write("intel-rapl:0", "energy_uj", "not a number");
  write("intel-rapl:0", "max_energy_range_uj", "10");
  EXPECT_FALSE(RaplCounter::open(folder_));
}

}  // namespace
}  // namespace scinet
