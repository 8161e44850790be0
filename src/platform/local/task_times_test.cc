#include "platform/local/task_times.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;

FragmentTrace trace(std::size_t fragment, std::chrono::microseconds queue,
                    std::chrono::microseconds load, std::chrono::microseconds run) {
  FragmentTrace made;
  made.fragment = fragment;
  made.queue_us = queue.count();
  made.load_us = load.count();
  made.run_us = run.count();
  made.cpu_us = (load + run).count() / 2;
  return made;
}

TEST(TaskTimes, PutsTheMeasuredDurationsInTheMiddleOfTheRoundTrip) {
  // 100 ms there and back, 20 + 30 + 40 ms of them measured: 10 ms of way, 5 there and 5 back.
  const std::vector<TaskOutcome> tasks =
      task_outcomes(1000ms, 1100ms, {HostId{3}}, {trace(0, 20ms, 30ms, 40ms)});
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0], (TaskOutcome{.host = HostId{3},
                                   .queued = 1005ms,
                                   .start = 1055ms,
                                   .finish = 1095ms,
                                   .cpu = Seconds(0.035),
                                   .load = Seconds(0.03)}));
}

TEST(TaskTimes, AChainHasOneHopBeforeEachFragmentAndAsManyBack) {
  // 100 ms, 80 of them measured: four hops of 5 ms, two before fragments and two for the answer.
  const std::vector<TaskOutcome> tasks = task_outcomes(
      0ms, 100ms, {HostId{0}, HostId{1}}, {trace(0, 0ms, 0ms, 30ms), trace(1, 10ms, 0ms, 40ms)});
  EXPECT_EQ(tasks[0].queued, SimTime(5ms));
  EXPECT_EQ(tasks[0].start, SimTime(5ms));
  EXPECT_EQ(tasks[0].finish, SimTime(35ms));
  EXPECT_EQ(tasks[1].queued, SimTime(40ms));
  EXPECT_EQ(tasks[1].start, SimTime(50ms));
  EXPECT_EQ(tasks[1].finish, SimTime(90ms));
}

TEST(TaskTimes, NothingEndsAfterTheAnswer) {
  // Rounding may make the parts longer than the whole.
  const std::vector<TaskOutcome> tasks =
      task_outcomes(1ms, 2ms, {HostId{0}}, {trace(0, 0us, 0us, 1001us)});
  EXPECT_EQ(tasks[0].queued, SimTime(1ms));
  EXPECT_EQ(tasks[0].finish, SimTime(2ms));
}

TEST(TaskTimes, OtherTracesTellOnlyTheHosts) {
  const TaskOutcome only_host{.host = HostId{7}};
  const std::vector<std::vector<FragmentTrace>> others{
      {},
      {trace(1, 0ms, 0ms, 1ms)},
      {trace(0, 0ms, 0ms, 1ms), trace(1, 0ms, 0ms, 1ms)},
      {trace(0, 0ms, 0ms, -1ms)}};
  for (const auto& traces : others) {
    EXPECT_EQ(task_outcomes(0ms, 10ms, {HostId{7}}, traces), std::vector<TaskOutcome>{only_host});
  }
}

}  // namespace
}  // namespace scinet
