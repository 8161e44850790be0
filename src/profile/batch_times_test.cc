#include "profile/batch_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "serving/examples.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kSource = SCINET_SOURCE_DIR;

class TimedBatches : public testing::Test {
 protected:
  // Whether the application can be tested here; if not, the test must return.
  bool available(const char* name) {
    const ServedApplication* application = set_.find(name);
    return application && application->unavailable.empty();
  }

  Result<std::vector<BatchTimes>> time(const std::string& application, const std::string& strategy,
                                       const std::vector<std::string_view>& inputs) {
    const ServedApplication& served = *set_.find(application);
    const auto found = std::ranges::find(served.strategies, strategy, &ServedStrategy::name);
    return time_batches(set_, application, *found, inputs, {3, Seconds(100)}, clock_);
  }

  ApplicationSet set_{kSource / "build/models"};
  std::chrono::nanoseconds now_{0};
  // Goes on by 1 ms whenever it is read, so each measured run seems to take 1 ms.
  CpuClock clock_ = [this] { return now_ += 1ms; };
};

TEST_F(TimedBatches, AreRelativeToOneByOne) {
  if (!available("fashion")) GTEST_SKIP() << "fashion is not available";
  const auto examples = load_examples("fashion", kSource / "data/inputs").value();
  const std::vector<std::string_view> inputs = {examples[0].bytes, examples[1].bytes,
                                                examples[2].bytes};
  const auto times = time("fashion", "semantic", inputs);
  ASSERT_TRUE(times.ok()) << times.error().message;
  ASSERT_EQ(times.value().size(), 3u);
  for (const BatchTimes& fragment : times.value()) {
    EXPECT_EQ(fragment.unmeasured, "");
    ASSERT_EQ(fragment.relative.size(), std::size(kBatchSizes));
    for (const auto& passes : fragment.relative) {
      EXPECT_EQ(passes, std::vector<double>(3, 1.0)) << "this clock sees no difference";
    }
  }
}

TEST_F(TimedBatches, AreNotMadeOfWhatSharesNothing) {
  const auto examples = load_examples("blur", kSource / "data/inputs").value();
  const auto times = time("blur", "whole", {examples[0].bytes});
  ASSERT_TRUE(times.ok());
  EXPECT_TRUE(times.value().at(0).relative.empty());
  EXPECT_EQ(times.value().at(0).unmeasured, "blur/whole/0 works on one input at a time");
}

TEST_F(TimedBatches, FailWhereAnInputIsRefused) {
  if (!available("vad")) GTEST_SKIP() << "vad is not available";
  EXPECT_FALSE(time("vad", "whole", {"no sound"}).ok());
}

}  // namespace
}  // namespace scinet
