#include "report/run_record.h"

#include <gtest/gtest.h>

#include "report/small_run.h"

namespace scinet {
namespace {

TEST(RunRecorder, CountsWhatEachBeatUsed) {
  const RunRecord record = small_run();

  ASSERT_EQ(record.host_beats.size(), 4u);
  const HostBeat& second = record.host_beats[2];
  EXPECT_EQ(second.start, at_second(5));
  EXPECT_EQ(second.end, at_second(10));
  EXPECT_EQ(second.host, HostId{0});
  EXPECT_EQ(second.energy, Joules(400));  // 700 - 300
  EXPECT_DOUBLE_EQ(second.cost.value(), 0.005);
  EXPECT_EQ(second.cpu, Seconds(4));
  EXPECT_EQ(second.powered, Seconds(5));
  EXPECT_EQ(second.state, HostState::kOn);
  EXPECT_EQ(second.tasks, 1);
  EXPECT_EQ(record.host_beats[3].powered, Seconds(3));
  EXPECT_EQ(record.host_beats[3].state, HostState::kBooting);
}

TEST(RunRecorder, CountsWhatEachBeatDelivered) {
  const RunRecord record = small_run();

  ASSERT_EQ(record.intervals.size(), 2u);
  const WindowTotals& first = record.intervals[0].totals;
  EXPECT_EQ(first.energy, Joules(300));
  EXPECT_EQ(first.energy_at_full_power, Joules(1000));  // 2 hosts * 100 W * 5 s
  EXPECT_EQ(first.arrived, 2);
  EXPECT_EQ(first.finished, 1);
  EXPECT_EQ(first.overdue, 0);  // workload 1 is 3 s old
  // Workload 0 took 2 s of 2 * 4 s, workload 1 is 3 s old.
  EXPECT_DOUBLE_EQ(first.response_ratio_sum, 0.25 + 0.375);

  const WindowTotals& second = record.intervals[1].totals;
  EXPECT_EQ(second.energy, Joules(550));  // 400 and 150
  EXPECT_EQ(second.arrived, 2);
  EXPECT_EQ(second.finished, 1);
  EXPECT_EQ(second.finished_late, 1);
  EXPECT_EQ(second.deployed, 1);
}

TEST(RunRecorder, TheWindowEndsWithTheLastBeatAndLeavesOutTheDrain) {
  const RunRecord record = small_run();

  EXPECT_EQ(record.horizon, at_second(10));
  EXPECT_EQ(record.window.energy, Joules(850));  // 700 and 150; 100 J more in the drain
  EXPECT_EQ(record.window.arrived, 4);
  EXPECT_EQ(record.window.finished, 2);
  EXPECT_EQ(record.window.overdue, 0);  // workload 3 is 4 s old, just in time
  EXPECT_EQ(record.hosts_in_window[1].powered, Seconds(3));
  ASSERT_EQ(record.workloads.size(), 4u);
  EXPECT_EQ(record.workloads[2].finish, at_second(12));  // the answer in the drain counts
}

TEST(RunRecorder, ABeatOfNoLengthIsNotRecorded) {
  const Catalogue catalogue = small_catalogue();
  RunRecorder recorder(catalogue, {HostTypeId{0}, HostTypeId{0}}, QosWeights{});
  recorder.beat(small_view(catalogue, 5), small_accounts(5));
  recorder.beat(small_view(catalogue, 5), small_accounts(5));

  EXPECT_EQ(std::move(recorder).finish(small_accounts(5).workloads, {}).intervals.size(), 1u);
}

}  // namespace
}  // namespace scinet
