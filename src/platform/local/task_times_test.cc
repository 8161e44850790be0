#include "platform/local/task_times.h"

#include <gtest/gtest.h>

namespace scinet {
namespace {

using namespace std::chrono_literals;
using Microseconds = std::chrono::microseconds;

FragmentTrace trace(Microseconds fetch, Microseconds queue, Microseconds load, Microseconds run) {
  FragmentTrace made;
  made.fetch_us = fetch.count();
  made.queue_us = queue.count();
  made.load_us = load.count();
  made.run_us = run.count();
  made.cpu_us = (load + run).count() / 2;
  return made;
}

TEST(TaskTimes, PutsTheMeasuredDurationsInTheMiddleOfTheRoundTrip) {
  // 110 ms there and back, 10 + 20 + 30 + 40 ms of them measured: 5 ms there and 5 back.
  EXPECT_EQ(task_outcome(1000ms, 1110ms, HostId{3}, trace(10ms, 20ms, 30ms, 40ms)),
            (TaskOutcome{.host = HostId{3},
                         .queued = 1015ms,
                         .start = 1065ms,
                         .finish = 1105ms,
                         .cpu = Seconds(0.035),
                         .load = Seconds(0.03)}));
}

TEST(TaskTimes, NothingEndsAfterTheAnswer) {
  // Rounding may make the parts longer than the whole.
  const TaskOutcome task = task_outcome(1ms, 2ms, HostId{0}, trace(0us, 0us, 0us, 1001us));
  EXPECT_EQ(task.queued, SimTime(1ms));
  EXPECT_EQ(task.finish, SimTime(2ms));
  const TaskOutcome late = task_outcome(1ms, 2ms, HostId{0}, trace(9ms, 9ms, 9ms, 9ms));
  EXPECT_EQ(late.queued, SimTime(2ms));
  EXPECT_EQ(late.finish, SimTime(2ms));
}

TEST(TaskTimes, ImpossibleDurationsTellOnlyTheHost) {
  const TaskOutcome only_host{.host = HostId{7}};
  EXPECT_EQ(task_outcome(0ms, 9ms, HostId{7}, trace(-1us, 0us, 0us, 1us)), only_host);
  EXPECT_EQ(task_outcome(0ms, 9ms, HostId{7}, trace(0us, 0us, 0us, -1us)), only_host);
}

}  // namespace
}  // namespace scinet
