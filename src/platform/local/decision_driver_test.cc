#include "platform/local/decision_driver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <vector>

namespace scinet {
namespace {

using namespace std::chrono_literals;

// Records what was asked, and lets a test wait for it.
class Recorder {
 public:
  Status step(DecisionsAsked asked) {
    EXPECT_EQ(++inside_, 1) << "two steps at once";
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(asked);
      changed_.notify_all();
    }
    --inside_;
    return ok_status();
  }
  DecisionDriver::Step bound() {
    return [this](DecisionsAsked asked) { return step(asked); };
  }
  DecisionsAsked wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= number; });
    return asked_[number - 1];
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }

 private:
  std::atomic<int> inside_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DecisionsAsked> asked_;
};

const DecisionsAsked kAtArrival{.provisioning = false, .deployment = true, .placement = true};

TEST(DecisionDriver, AsksForStrategyAndPlacementTheMomentThatWorkWaits) {
  Recorder recorder;
  DecisionDriver driver(Cadence::kArrival, Seconds(3600), recorder.bound());
  EXPECT_EQ(recorder.wait_for(1), DecisionsAsked::all()) << "the first beat is at once";
  for (std::size_t i = 2; i < 20; ++i) {
    driver.notify();
    EXPECT_EQ(recorder.wait_for(i), kAtArrival);
  }
}

TEST(DecisionDriver, AsksForEverythingAtEachBeat) {
  Recorder recorder;
  DecisionDriver driver(Cadence::kArrival, Seconds(0.01), recorder.bound());
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(recorder.wait_for(i), DecisionsAsked::all());
}

TEST(DecisionDriver, WaitsForTheBeatInTheIntervalCadence) {
  Recorder recorder;
  DecisionDriver driver(Cadence::kInterval, Seconds(3600), recorder.bound());
  recorder.wait_for(1);
  for (int i = 0; i < 5; ++i) driver.notify();
  driver.stop();
  EXPECT_EQ(recorder.count(), 1u);
}

TEST(DecisionDriver, NeverRunsTwoStepsAtOnce) {
  Recorder recorder;
  DecisionDriver driver(Cadence::kArrival, Seconds(0.001), recorder.bound());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&driver] {
      for (int n = 0; n < 500; ++n) driver.notify();
    });
  }
  threads.clear();
  recorder.wait_for(3);
  driver.stop();
  const std::size_t steps = recorder.count();
  driver.notify();
  EXPECT_EQ(recorder.count(), steps) << "no step begins after stop";
}

TEST(DecisionDriver, GoesOnAfterAFailureAndCountsIt) {
  std::atomic<int> calls = 0;
  DecisionDriver driver(Cadence::kArrival, Seconds(0.005), [&calls](DecisionsAsked) -> Status {
    if (calls++ == 0) return Error{ErrorCode::kUnavailable, "the cluster is away"};
    return ok_status();
  });
  while (calls < 3) std::this_thread::sleep_for(1ms);
  driver.stop();
  EXPECT_EQ(driver.failures(), 1);
  EXPECT_EQ(driver.last_failure(), "the cluster is away");
  EXPECT_GE(driver.steps(), 3);
}

}  // namespace
}  // namespace scinet
