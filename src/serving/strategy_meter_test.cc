#include "serving/strategy_meter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "serving/process_memory.h"
#include "serving/test_inputs.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

TEST(StrategyMeter, MeasuresEachFragmentOfAChain) {
  ApplicationSet applications(kModelDirectory);
  const ServedApplication* fashion = applications.find("fashion");
  if (!fashion || !fashion->unavailable.empty()) GTEST_SKIP() << "fashion is not available";
  const auto layer = std::ranges::find(fashion->strategies, "layer", &ServedStrategy::name);
  ASSERT_NE(layer, fashion->strategies.end());
  const std::string garment = read_file(kInputDirectory / "fashion/test-00.png");

  // A clock that goes on by 1 ms whenever it is read, so each run seems to take 1 ms.
  std::chrono::nanoseconds time{0};
  const CpuClock clock = [&time] { return time += 1ms; };
  StrategyMeter meter(applications, "fashion", *layer, clock);
  for (int i = 0; i < 3; ++i) {
    const Result<std::string> answer = meter.answer(garment);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer.value(), applications.run_all("fashion", "whole", garment).value());
  }
  const std::vector<FragmentMeasurement> measured = meter.fragments();
  ASSERT_EQ(measured.size(), layer->fragments.size());
  for (const FragmentMeasurement& fragment : measured) {
    EXPECT_EQ(fragment.cpu_s, std::vector<double>(3, 0.001));
  }
  // Of floats between the parts; of JSON at the end.
  EXPECT_GT(measured.front().output, Bytes(1000));
  EXPECT_LT(measured.back().output, Bytes(200));
}

TEST(ProcessMemory, PeaksWhereMemoryWasInUse) {
  reset_peak_memory();
  const Bytes before = peak_memory();
  {
    std::vector<char> block(64 << 20, 'x');
    EXPECT_GE(resident_memory() - before, Bytes(60 << 20)) << block[5];
  }
  EXPECT_GE(peak_memory() - before, Bytes(60 << 20));
  EXPECT_GT(machine_memory(), peak_memory());
}

}  // namespace
}  // namespace scinet
